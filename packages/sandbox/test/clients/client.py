# Acquires, calls the report and refreshes: with urllib, then on one connection with chunked bodies, then over HTTP/1.0.
import http.client
import json
import sys
import urllib.request

url = sys.argv[1]


def with_urllib(path, headers, body):
    request = urllib.request.Request(url + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=5) as response:
        return json.load(response)


def on(connection, encode):
    def post(path, headers, body):
        connection.request("POST", path, encode(json.dumps(body).encode()), headers)
        return json.load(connection.getresponse())

    return post


def run(name, post):
    kind = {"Content-Type": "application/json;charset=UTF-8"}
    pair = post("/api/access_token", {**kind, "APIVersion": "3"}, {"username": "user1", "password": "pass1"})
    report = post("/api/report/echo", {**kind, "accessToken": pair["data"]["accessToken"]}, {"day": "2021-12-12"})
    renewed = post("/api/refresh_token", {**kind, "APIVersion": "3"}, {"refreshToken": pair["data"]["refreshToken"]})
    print(name, pair["code"], report["code"], renewed["code"])


class Http10(http.client.HTTPConnection):
    _http_vsn = 10
    _http_vsn_str = "HTTP/1.0"


host = url.removeprefix("http://")
run("urllib", with_urllib)
run("chunked", on(http.client.HTTPConnection(host, timeout=5), lambda body: iter([body[:9], body[9:]])))
run("HTTP/1.0", on(Http10(host, timeout=5), lambda body: body))
