package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sort"
	"time"
)

// birthday is the age of everything here that has one.
var birthday = time.Date(2021, time.October, 9, 8, 7, 6, 0, time.UTC)

func form(w http.ResponseWriter, r *http.Request) {
	err := r.ParseForm()
	fmt.Fprintf(w, "error %v\n", err)
	table(w, "f", r.Form)
	table(w, "p", r.PostForm)
}

func formValue(w http.ResponseWriter, r *http.Request) {
	all := r.FormValue("name")
	fmt.Fprintf(w, "[%s] [%s] [%s] %t\n", all, r.PostFormValue("name"), r.FormValue("other"), r.MultipartForm != nil)
}

func formParts(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseMultipartForm(64 << 10); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	table(w, "v", r.MultipartForm.Value)
	table(w, "f", r.Form)
	table(w, "p", r.PostForm)
	names := make([]string, 0, len(r.MultipartForm.File))
	for name := range r.MultipartForm.File {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		for _, part := range r.MultipartForm.File[name] {
			fmt.Fprintf(w, "file %s [%s] %d\n", name, part.Filename, part.Size)
			table(w, "h", url.Values(part.Header))
		}
	}
}

func formFile(w http.ResponseWriter, r *http.Request) {
	file, part, err := r.FormFile("doc")
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	fmt.Fprintf(w, "[%s] %d %d %v\n", part.Filename, part.Size, sum(data), err)
}

// formStream reads the parts as they come.
func formStream(w http.ResponseWriter, r *http.Request) {
	parts, err := r.MultipartReader()
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for {
		part, err := parts.NextPart()
		if err != nil {
			fmt.Fprintf(w, "end %v\n", err)
			return
		}
		data, err := io.ReadAll(part)
		fmt.Fprintf(w, "[%s] [%s] %d %v\n", part.FormName(), part.FileName(), len(data), err)
	}
}

func cookies(w http.ResponseWriter, r *http.Request) {
	for _, c := range r.Cookies() {
		fmt.Fprintf(w, "[%s] [%s] %t\n", c.Name, c.Value, c.Quoted)
	}
	c, err := r.Cookie("id")
	if err != nil {
		fmt.Fprintf(w, "id: %v\n", err)
		return
	}
	fmt.Fprintf(w, "id: %s, %d of them\n", c, len(r.CookiesNamed("id")))
}

// bake sets the cookie that the query describes.
func bake(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	c := http.Cookie{Name: q.Get("name"), Value: q.Get("value"), Path: q.Get("path"), Domain: q.Get("domain")}
	c.MaxAge = number(q.Get("age"))
	c.Secure = q.Has("secure")
	c.HttpOnly = q.Has("httponly")
	c.Partitioned = q.Has("partitioned")
	c.Quoted = q.Has("quoted")
	if q.Has("expires") {
		c.Expires = birthday
	}
	c.SameSite = http.SameSite(number(q.Get("site")))
	fmt.Fprintf(w, "valid %v\n", c.Valid())
	http.SetCookie(w, &c)
}

func who(w http.ResponseWriter, r *http.Request) {
	name, password, ok := r.BasicAuth()
	if !ok {
		w.Header().Set("WWW-Authenticate", `Basic realm="oracle", charset="UTF-8"`)
		http.Error(w, "nobody", http.StatusUnauthorized)
		return
	}
	fmt.Fprintf(w, "[%s] [%s] with [%s] from [%s]\n", name, password, r.UserAgent(), r.Referer())
}
