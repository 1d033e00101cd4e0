import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

// The example of the platform's document on java.net.http, then a report and a fault: java OpenAPI.java (Java 11 or later)
public class OpenAPI {
    static final String sandbox = System.getenv().getOrDefault("SANDBOX", "http://127.0.0.1:8080");
    static final HttpClient client = HttpClient.newHttpClient();

    static HttpResponse<String> getToken() throws Exception {
        return post("/api/access_token", "{\"username\":\"user1\",\"password\":\"pass1\"}");
    }

    // The document's example writes refresh_token, its table refreshToken. The sandbox accepts both.
    static HttpResponse<String> refreshToken(String refreshToken) throws Exception {
        return post("/api/refresh_token", "{\"refresh_token\":\"" + refreshToken + "\"}");
    }

    static HttpResponse<String> getReport(String accessToken) throws Exception {
        return post("/api/report/daily", "{\"day\":\"2021-12-12\"}", "accessToken", accessToken);
    }

    static HttpResponse<String> post(String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(sandbox + path))
            .header("APIVersion", "3")
            .header("Content-Type", "application/json; charset=UTF-8")
            .POST(BodyPublishers.ofString(body));
        if (headers.length > 0) request.headers(headers);
        return client.send(request.build(), BodyHandlers.ofString());
    }

    // Your program uses a JSON library instead.
    static String field(HttpResponse<String> response, String name) {
        return response.body().split("\"" + name + "\":\"?")[1].split("[\",}]")[0];
    }

    public static void main(String[] arguments) throws Exception {
        // The sandbox answers this report with your data.
        post("/_sandbox/reports", "{\"path\":\"/api/report/daily\",\"data\":{\"orders\":12}}");

        HttpResponse<String> pair = getToken();
        System.out.println("acquire: code " + field(pair, "code"));

        pair = refreshToken(field(pair, "refreshToken"));
        System.out.println("refresh: code " + field(pair, "code"));

        HttpResponse<String> report = getReport(field(pair, "accessToken"));
        System.out.println("report: code " + field(report, "code") + ", " + field(report, "orders") + " orders");

        // The next report call gets the error page of a gateway.
        post("/_sandbox/faults", "{\"endpoint\":\"report\",\"fault\":{\"_tag\":\"Html502\"}}");
        report = getReport(field(pair, "accessToken"));
        String type = report.headers().firstValue("Content-Type").orElse("no type");
        System.out.println("report: HTTP " + report.statusCode() + " " + type);
    }
}
