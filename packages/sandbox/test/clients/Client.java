import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

// Acquires, calls the report and refreshes, with the default client, which offers HTTP/2 on each new connection.
public class Client {
  private static final HttpClient client = HttpClient.newHttpClient();

  public static void main(String[] arguments) throws Exception {
    String url = arguments[0];
    String pair = post(url + "/api/access_token", "{\"username\":\"user1\",\"password\":\"pass1\"}", "APIVersion", "3");
    post(url + "/api/report/echo", "{\"day\":\"2021-12-12\"}", "accessToken", field(pair, "accessToken"));
    post(url + "/api/refresh_token", "{\"refreshToken\":\"" + field(pair, "refreshToken") + "\"}", "APIVersion", "3");
  }

  private static String field(String json, String name) {
    return json.split("\"" + name + "\":\"")[1].split("\"")[0];
  }

  private static String post(String uri, String body, String name, String value) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(uri))
        .header("Content-Type", "application/json;charset=UTF-8")
        .header(name, value)
        .POST(BodyPublishers.ofString(body))
        .build();
    var response = client.send(request, BodyHandlers.ofString());
    System.out.println(response.version() + " " + response.statusCode() + " " + response.body().substring(0, 15));
    return response.body();
  }
}
