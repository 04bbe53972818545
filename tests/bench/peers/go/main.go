// The same with Go's net/http: PORT WORKERS DATA [ROUTES]. It also has the handlers that `cargo xtask bench handoff` calls.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func hello(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte("Hello, World!"))
}

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func echo(w http.ResponseWriter, r *http.Request) {
	body := bodies.Get().(*bytes.Buffer)
	defer bodies.Put(body)
	body.Reset()
	if _, err := body.ReadFrom(r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
	w.Write(body.Bytes())
}

func stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	piece := bytes.Repeat([]byte("x"), 4096)
	for range 256 {
		if _, err := w.Write(piece); err != nil {
			return
		}
	}
}

var compressors = sync.Pool{New: func() any {
	compressor, _ := gzip.NewWriterLevel(io.Discard, 6)
	return compressor
}}

func compressed(page []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Add("Vary", "Accept-Encoding")
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			w.Write(page)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		compressor := compressors.Get().(*gzip.Writer)
		defer compressors.Put(compressor)
		compressor.Reset(w)
		compressor.Write(page)
		compressor.Close()
	}
}

// number is the path value of that name.
func number(r *http.Request, name string) int {
	value, _ := strconv.Atoi(r.PathValue(name))
	return value
}

func sleep(w http.ResponseWriter, r *http.Request) {
	time.Sleep(time.Duration(number(r, "ms")) * time.Millisecond)
	hello(w, r)
}

// threadTime is what the thread has computed so far.
func threadTime() time.Duration {
	var usage syscall.Rusage
	const thread = 1 // RUSAGE_THREAD
	syscall.Getrusage(thread, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// spin computes for that many microseconds of processor time, as calibrated at the start.
func spin(w http.ResponseWriter, r *http.Request) {
	compute(number(r, "us") * roundsInMicrosecond)
	hello(w, r)
}

var calls atomic.Int64

// rare sleeps at one call in a hundred.
func rare(w http.ResponseWriter, r *http.Request) {
	if calls.Add(1)%100 == 0 {
		time.Sleep(time.Duration(number(r, "ms")) * time.Millisecond)
	}
	hello(w, r)
}

var sink atomic.Uint64

func compute(rounds int) {
	state := uint64(88172645463325252)
	for range rounds {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
	}
	sink.Store(state)
}

var roundsInMicrosecond = func() int {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const rounds = 20_000_000
	before := threadTime()
	compute(rounds)
	return max(1, int(rounds/max(1, (threadTime()-before).Microseconds())))
}()

func addRoutes(mux *http.ServeMux, file string) {
	var routes []struct{ Method, Pattern string }
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &routes)
	}
	if err != nil {
		log.Fatal(err)
	}
	for _, route := range routes {
		_, last, found := cutLast(route.Pattern, "{")
		name, _, _ := strings.Cut(last, "}")
		mux.HandleFunc(route.Method+" "+route.Pattern, func(w http.ResponseWriter, r *http.Request) {
			if !found {
				hello(w, r)
				return
			}
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			io.WriteString(w, r.PathValue(name))
		})
	}
}

func cutLast(text, separator string) (before, after string, found bool) {
	if at := strings.LastIndex(text, separator); at >= 0 {
		return text[:at], text[at+len(separator):], true
	}
	return text, "", false
}

func main() {
	if len(os.Args) < 4 {
		log.Fatal("PORT WORKERS DATA [ROUTES]")
	}
	workers, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	runtime.GOMAXPROCS(workers)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", hello)
	mux.HandleFunc("POST /echo", echo)
	mux.HandleFunc("GET /stream", stream)
	mux.HandleFunc("GET /sleep/{ms}", sleep)
	mux.HandleFunc("GET /spin/{us}", spin)
	mux.HandleFunc("GET /rare/{ms}", rare)
	mux.HandleFunc("GET /sleep10", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(10 * time.Millisecond)
		hello(w, r)
	})
	mux.Handle("GET /static/", http.StripPrefix("/static/", http.FileServer(http.Dir(os.Args[3]))))
	// A run without compression has no need of the page.
	if page, err := os.ReadFile(filepath.Join(os.Args[3], "page.html")); err == nil {
		mux.HandleFunc("GET /gzip", compressed(page))
	}
	if len(os.Args) > 4 {
		addRoutes(mux, os.Args[4])
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], mux))
}
