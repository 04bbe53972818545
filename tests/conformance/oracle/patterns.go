package main

import (
	"fmt"
	"net/http"
)

// patterns are those that matched is behind.
var patterns = []string{
	"GET /books/{isbn}",
	"PUT /books/{isbn}",
	"POST /books",
	"/shelf/{rest...}",
	"/only/{$}",
	"/wing/",
	"/wing/east/",
	"HEAD /peek",
	"GET /gets/",
	"/row/{a}/end",
	"/row/{a}/{b}",
	"/row/first/end",
	"/deep/{a}/{b}/{rest...}",
	"/na%C3%AFve/{x}",
	"/per%2Fcent/{x}",
	"/desk/{x}",
	"lib.test/desk/{x}",
	"GET lib.test/desk/front",
	"lib.test/hall/",
	"other.test/",
	"CONNECT /pipe",
	"CONNECT /bore/{x}/end",
	"OPTIONS /choice",
	"PURGE /cache/{key}",
	"/hall//door",
	"/dots/{name}",
}

// matched shows which pattern has matched, and with what.
func matched(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Pattern", r.Pattern)
	fmt.Fprintf(w, "%s [%s]\n", r.Method, r.URL.Path)
	for _, name := range []string{"isbn", "rest", "a", "b", "x", "key", "name", "any"} {
		if value := r.PathValue(name); value != "" {
			fmt.Fprintf(w, "%s [%s]\n", name, value)
		}
	}
}
