# Acquires and refreshes a pair, calls a report and meets a fault: python3 quick_start.py
import json
import os
import urllib.error
import urllib.request

sandbox = os.environ.get("SANDBOX", "http://127.0.0.1:8080")


def post(path, body, headers={}):
    common = {"Content-Type": "application/json;charset=UTF-8", "APIVersion": "3"}
    request = urllib.request.Request(sandbox + path, json.dumps(body).encode(), {**common, **headers})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def report(access_token):
    return post("/api/report/daily", {"day": "2021-12-12"}, {"accessToken": access_token})


# The sandbox answers this report with your data.
post("/_sandbox/reports", {"path": "/api/report/daily", "data": {"orders": 12}})

pair = post("/api/access_token", {"username": "user1", "password": "pass1"})
print("acquire: code", pair["code"])

pair = post("/api/refresh_token", {"refreshToken": pair["data"]["refreshToken"]})
print("refresh: code", pair["code"])

access_token = pair["data"]["accessToken"]
answer = report(access_token)
print(f"report: code {answer['code']}, {answer['data']['orders']} orders")

# The next report call gets the error page of a gateway.
post("/_sandbox/faults", {"endpoint": "report", "fault": {"_tag": "Html502"}})
try:
    report(access_token)
except urllib.error.HTTPError as error:
    print("report: HTTP", error.code, error.headers["Content-Type"])
