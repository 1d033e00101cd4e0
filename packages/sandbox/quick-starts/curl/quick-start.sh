# Acquires and refreshes a pair, calls a report and meets a fault: sh quick-start.sh
set -eu
sandbox=${SANDBOX:-http://127.0.0.1:8080}

# post PATH BODY [HEADER]: prints the body, and on a line of its own the status and the type.
post() {
  curl -sS "$sandbox$1" -H 'Content-Type: application/json;charset=UTF-8' -H 'APIVersion: 3' ${3:+-H "$3"} \
    -d "$2" -w '\n%{http_code} %{content_type}\n'
}

# field NAME: the value of a field of the JSON on stdin.
field() {
  sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"
}

# The sandbox answers this report with your data.
post /_sandbox/reports '{"path":"/api/report/daily","data":{"orders":12}}' > /dev/null

pair=$(post /api/access_token '{"username":"user1","password":"pass1"}')
echo "acquire: code $(echo "$pair" | field code)"

pair=$(post /api/refresh_token "{\"refreshToken\":\"$(echo "$pair" | field refreshToken)\"}")
echo "refresh: code $(echo "$pair" | field code)"

token="accessToken: $(echo "$pair" | field accessToken)"
report=$(post /api/report/daily '{"day":"2021-12-12"}' "$token")
echo "report: code $(echo "$report" | field code), $(echo "$report" | field orders) orders"

# The next report call gets the error page of a gateway.
post /_sandbox/faults '{"endpoint":"report","fault":{"_tag":"Html502"}}' > /dev/null
report=$(post /api/report/daily '{"day":"2021-12-12"}' "$token")
echo "report: HTTP $(echo "$report" | tail -n 1)"
