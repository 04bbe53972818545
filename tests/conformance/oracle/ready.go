package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// redirect sends the client where the query says.
func redirect(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Has("type") {
		w.Header().Set("Content-Type", q.Get("type"))
	}
	code := number(q.Get("code"))
	if code == 0 {
		code = http.StatusSeeOther
	}
	http.Redirect(w, r, q.Get("to"), code)
}

// most reads a form of at most so many bytes.
func most(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, int64(number(r.URL.Query().Get("n"))))
	body, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		http.Error(w, fmt.Sprintf("%d of %d: %v", len(body), tooLarge.Limit, err), http.StatusRequestEntityTooLarge)
		return
	}
	fmt.Fprintf(w, "%d %v\n", len(body), err)
}

// mostForm reads a form that may have 20 bytes.
func mostForm(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 20)
	form(w, r)
}

// hurried has handlers that run under a time limit.
func hurried() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/quick", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Quick", "1")
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, "quick\n")
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Slow", "1")
		io.WriteString(w, "never seen\n")
		select {
		case <-r.Context().Done():
		case <-time.After(5 * time.Second):
		}
		w.Write([]byte("nor this\n"))
	})
	mux.HandleFunc("/nothing", func(w http.ResponseWriter, r *http.Request) {})
	mux.HandleFunc("/panic", func(w http.ResponseWriter, r *http.Request) { panic("hurried") })
	mux.HandleFunc("/abort", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/powers", func(w http.ResponseWriter, r *http.Request) {
		_, flusher := w.(http.Flusher)
		_, hijacker := w.(http.Hijacker)
		_, deadline := r.Context().Deadline()
		fmt.Fprintf(w, "%t %t %t %v\n", flusher, hijacker, deadline, http.NewResponseController(w).Flush())
	})
	mux.HandleFunc("/long", func(w http.ResponseWriter, r *http.Request) {
		for range 100 {
			fmt.Fprintf(w, "%099d\n", 7)
		}
	})
	mux.HandleFunc("/body", count)
	return mux
}

// ownSite is for requests of the site itself.
func ownSite() http.Handler {
	protection := http.NewCrossOriginProtection()
	if err := protection.AddTrustedOrigin("https://friend.example:8443"); err != nil {
		fatal(err)
	}
	protection.AddInsecureBypassPattern("/own-site/open/{any}")
	protection.AddInsecureBypassPattern("PUT /own-site/put")
	return protection.Handler(http.HandlerFunc(matched))
}
