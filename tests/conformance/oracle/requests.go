package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sort"
	"strings"
)

func front(w http.ResponseWriter, r *http.Request) {
	io.WriteString(w, "front\n")
}

// seen tells all that there is to know about a request.
func seen(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	fmt.Fprintf(w, "%s [%s] %s %d %d\n", r.Method, r.RequestURI, r.Proto, r.ProtoMajor, r.ProtoMinor)
	fmt.Fprintf(w, "host [%s] pattern [%s]\n", r.Host, r.Pattern)
	u := r.URL
	fmt.Fprintf(w, "url [%s] [%s] [%s] [%s]\n", u.Scheme, u.Opaque, u.User.String(), u.Host)
	fmt.Fprintf(w, "path [%s] raw [%s] escaped [%s]\n", u.Path, u.RawPath, u.EscapedPath())
	fmt.Fprintf(w, "query [%s] %t fragment [%s]\n", u.RawQuery, u.ForceQuery, u.Fragment)
	fmt.Fprintf(w, "whole [%s]\n", u.String())
	table(w, "q", u.Query())
	fmt.Fprintf(w, "length %d coding %s close %t\n", r.ContentLength, strings.Join(r.TransferEncoding, ","), r.Close)
	table(w, "h", url.Values(r.Header))
	table(w, "t", url.Values(r.Trailer))
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	fmt.Fprintf(w, "from %s %v tls %t\n", host, err, r.TLS != nil)
}

func table(w io.Writer, label string, v url.Values) {
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(w, "%s %s", label, name)
		for _, value := range v[name] {
			fmt.Fprintf(w, " [%s]", value)
		}
		fmt.Fprintf(w, "\n")
	}
}

func ignore(w http.ResponseWriter, r *http.Request) {
	io.WriteString(w, "not read\n")
}

// count reads all of the body and says what it was.
func count(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	fmt.Fprintf(w, "announced %d coding %s\n", r.ContentLength, strings.Join(r.TransferEncoding, ","))
	fmt.Fprintf(w, "read %d sum %d error %v\n", len(body), sum(body), err)
	if len(body) < 100 {
		fmt.Fprintf(w, "body [%s]\n", body)
	}
	table(w, "t", url.Values(r.Trailer))
}

// sum is Fletcher's checksum of 32 bits, a byte at a time.
func sum(bytes []byte) uint32 {
	var a, b uint32
	for _, c := range bytes {
		a = (a + uint32(c)) % 65535
		b = (b + a) % 65535
	}
	return b<<16 | a
}

func mirror(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if kind, ok := r.Header["Content-Type"]; ok {
		w.Header()["Content-Type"] = kind
	}
	w.Write(body)
}

// parts reads the body in pieces of n bytes.
func parts(w http.ResponseWriter, r *http.Request) {
	n := number(r.PathValue("n"))
	piece := make([]byte, n)
	for {
		got, err := io.ReadFull(r.Body, piece)
		fmt.Fprintf(w, "%d [%s] %v\n", got, piece[:got], err)
		if err != nil {
			return
		}
	}
}

func afterClose(w http.ResponseWriter, r *http.Request) {
	err := r.Body.Close()
	n, readErr := r.Body.Read(make([]byte, 8))
	fmt.Fprintf(w, "close %v, then %d %v\n", err, n, readErr)
	err = r.Body.Close()
	fmt.Fprintf(w, "again %v\n", err)
}
