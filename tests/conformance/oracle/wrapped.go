package main

import (
	"bytes"
	"net/http"
)

// loud has what next writes in capital letters.
func loud(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lw := &loudWriter{ResponseWriter: w}
		next.ServeHTTP(lw, r)
		if lw.code >= 400 {
			lw.Write([]byte("(an error)\n"))
		}
	})
}

// loudWriter forwards what it does not change, and can be unwrapped.
type loudWriter struct {
	http.ResponseWriter
	code int
}

func (w *loudWriter) WriteHeader(code int) {
	if w.code == 0 && code >= 200 {
		w.code = code
		w.Header().Set("X-Loud", "yes")
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *loudWriter) Write(p []byte) (int, error) {
	if w.code == 0 {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(bytes.ToUpper(p))
}

func (w *loudWriter) Unwrap() http.ResponseWriter {
	return w.ResponseWriter
}

// nested is a mux inside a mux.
func nested() http.Handler {
	inner := http.NewServeMux()
	inner.HandleFunc("/nested/{a}/{x}", matched)
	inner.HandleFunc("GET /nested/{a}/only", matched)
	inner.Handle("/nested/{a}/loud/", loud(http.HandlerFunc(matched)))
	return inner
}
