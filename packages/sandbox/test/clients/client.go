// Acquires, calls the report and refreshes, with the default client.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
)

type envelope struct {
	Code string
	Data struct{ AccessToken, RefreshToken string }
}

func post(path, body, name, value string) (answer envelope) {
	request, err := http.NewRequest("POST", os.Args[1]+path, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	request.Header.Set("Content-Type", "application/json;charset=UTF-8")
	request.Header.Set(name, value)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		panic(err)
	}
	fmt.Println(response.Proto, response.StatusCode, answer.Code)
	return answer
}

func main() {
	pair := post("/api/access_token", `{"username":"user1","password":"pass1"}`, "APIVersion", "3").Data
	post("/api/report/echo", `{"day":"2021-12-12"}`, "accessToken", pair.AccessToken)
	post("/api/refresh_token", `{"refreshToken":"`+pair.RefreshToken+`"}`, "APIVersion", "3")
}
