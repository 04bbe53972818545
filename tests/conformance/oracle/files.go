package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// furniture is what is served as files.
var furniture = []struct{ name, text string }{
	{"plain.txt", "a plain text\n"},
	{"page.html", "<!doctype html><title>page</title>\n"},
	{"style.css", "body { color: black }\n"},
	{"data.json", "{\"a\": 1}\n"},
	{"code.js", "let a = 1;\n"},
	{"picture.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>\n"},
	{"none", "no ending\n"},
	{"guess", "<html>guessed\n"},
	{"empty.txt", ""},
	{"odd name%.txt", "odd\n"},
	{"caf\u00e9.txt", "coffee\n"},
	{"digits.txt", strings.Repeat("0123456789", 10)},
	{"with/index.html", "<p>the index\n"},
	{"without/b.txt", "b\n"},
	{"without/a&b.txt", "ab\n"},
	{"without/c/d.txt", "d\n"},
	{"without/<x>.txt", "x\n"},
}

// furnish makes the files, all of the same age.
func furnish(dir string) error {
	for _, f := range furniture {
		path := filepath.Join(dir, f.name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(f.text), 0o644); err != nil {
			return err
		}
		if err := os.Chtimes(path, birthday, birthday); err != nil {
			return err
		}
	}
	for _, d := range []string{"with", "without/c", "without", "."} {
		if err := os.Chtimes(filepath.Join(dir, d), birthday, birthday); err != nil {
			return err
		}
	}
	return nil
}

func oneFile(dir string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(dir, r.PathValue("name")))
	}
}

// clip serves fifty bytes with the fields that the query asks for.
func clip(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	for _, name := range []string{"Etag", "Content-Type", "Content-Encoding", "Cache-Control"} {
		if q.Has(name) {
			w.Header().Set(name, q.Get(name))
		}
	}
	when := birthday
	if q.Has("undated") {
		when = time.Time{}
	}
	text := "The quick brown fox jumps over the lazy dog again."
	if q.Has("empty") {
		text = ""
	}
	http.ServeContent(w, r, r.PathValue("name"), when, bytes.NewReader([]byte(text)))
}
