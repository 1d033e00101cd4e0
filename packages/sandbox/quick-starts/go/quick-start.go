// Acquires and refreshes a pair, calls a report and meets a fault: go run quick-start.go
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
)

type answer struct {
	Code string
	Data struct {
		AccessToken, RefreshToken string
		Orders                    int
	}
}

func post(path, body, accessToken string) *http.Response {
	sandbox := os.Getenv("SANDBOX")
	if sandbox == "" {
		sandbox = "http://127.0.0.1:8080"
	}
	request, err := http.NewRequest("POST", sandbox+path, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	request.Header.Set("Content-Type", "application/json;charset=UTF-8")
	request.Header.Set("APIVersion", "3")
	if accessToken != "" {
		request.Header.Set("accessToken", accessToken)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	return response
}

func read(response *http.Response) (result answer) {
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&result); err != nil {
		panic(err)
	}
	return result
}

func main() {
	// The sandbox answers this report with your data.
	post("/_sandbox/reports", `{"path":"/api/report/daily","data":{"orders":12}}`, "").Body.Close()

	pair := read(post("/api/access_token", `{"username":"user1","password":"pass1"}`, ""))
	fmt.Println("acquire: code", pair.Code)

	pair = read(post("/api/refresh_token", `{"refreshToken":"`+pair.Data.RefreshToken+`"}`, ""))
	fmt.Println("refresh: code", pair.Code)

	report := read(post("/api/report/daily", `{"day":"2021-12-12"}`, pair.Data.AccessToken))
	fmt.Printf("report: code %s, %d orders\n", report.Code, report.Data.Orders)

	// The next report call gets the error page of a gateway.
	post("/_sandbox/faults", `{"endpoint":"report","fault":{"_tag":"Html502"}}`, "").Body.Close()
	response := post("/api/report/daily", `{"day":"2021-12-12"}`, pair.Data.AccessToken)
	response.Body.Close()
	fmt.Println("report: HTTP", response.StatusCode, response.Header.Get("Content-Type"))
}
