// Command oracle answers the conversations of the conformance suite with Go's
// net/http, so that the answers can be recorded. The suite has the same program
// in Rust, file by file and line by line.
//
// It starts a few servers that differ in their settings, prints the name and the
// address of each, and runs until its standard input ends.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	// The package logs what it leaves out of cookies.
	log.SetOutput(io.Discard)
	dir, err := os.MkdirTemp("", "oracle")
	if err != nil {
		fatal(err)
	}
	if err := furnish(dir); err != nil {
		fatal(err)
	}
	for _, s := range servers(dir) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			fatal(err)
		}
		s.server.ErrorLog = log.New(io.Discard, "", 0)
		go s.server.Serve(ln)
		fmt.Printf("%s %s\n", s.name, ln.Addr())
	}
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	os.RemoveAll(dir)
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

type named struct {
	name   string
	server *http.Server
}

// servers has one server for each way of setting the limits.
func servers(dir string) []named {
	h := routes(dir)
	single := &http.Server{Handler: h}
	single.SetKeepAlivesEnabled(false)
	return []named{
		{"plain", &http.Server{Handler: h, ConnState: note, ConnContext: withJournal, BaseContext: withTag}},
		{"tight", &http.Server{Handler: h, MaxHeaderBytes: 4096, MaxHeaderValueCount: 20}},
		{"heads", &http.Server{Handler: h, ReadHeaderTimeout: 600 * time.Millisecond, IdleTimeout: 2 * time.Second}},
		{"bodies", &http.Server{Handler: h, ReadTimeout: 600 * time.Millisecond}},
		{"writes", &http.Server{Handler: h, WriteTimeout: 500 * time.Millisecond}},
		{"single", single},
		{"bare", &http.Server{Handler: http.HandlerFunc(seen), DisableGeneralOptionsHandler: true}},
		{"zero", &http.Server{Handler: h}},
	}
}

type tagKey struct{}

func withTag(ln net.Listener) context.Context {
	return context.WithValue(context.Background(), tagKey{}, "from the listener")
}

func routes(dir string) *http.ServeMux {
	mux := http.NewServeMux()

	// What a handler sees, and a handler that does what its path says.
	mux.HandleFunc("/{$}", front)
	mux.HandleFunc("/seen", seen)
	mux.HandleFunc("/seen/", seen)
	mux.HandleFunc("/act/", act)
	mux.HandleFunc("/ignore", ignore)
	mux.HandleFunc("/count", count)
	mux.HandleFunc("/mirror", mirror)
	mux.HandleFunc("/parts/{n}", parts)
	mux.HandleFunc("/after-close", afterClose)

	// Connections.
	mux.HandleFunc("/journal", journal)
	mux.HandleFunc("/journal/{id}", lastWords)
	mux.HandleFunc("/tag", tag)
	mux.HandleFunc("/wait/{id}", wait)
	mux.HandleFunc("/take-over", takeOver)
	mux.HandleFunc("/take-over/lines", takeOverLines)
	mux.HandleFunc("/take-over/late", takeOverLate)
	mux.HandleFunc("/take-over/left", takeOverLeft)
	mux.HandleFunc("/talk", talk)
	mux.HandleFunc("/slow-body", slowBody)
	mux.HandleFunc("/late-write", lateWrite)

	// Forms and fields.
	mux.HandleFunc("/form", form)
	mux.HandleFunc("/form/value", formValue)
	mux.HandleFunc("/form/parts", formParts)
	mux.HandleFunc("/form/file", formFile)
	mux.HandleFunc("/form/stream", formStream)
	mux.HandleFunc("/cookies", cookies)
	mux.HandleFunc("/bake", bake)
	mux.HandleFunc("/who", who)

	// Ready-made handlers.
	mux.Handle("/gone", http.NotFoundHandler())
	mux.Handle("/old", http.RedirectHandler("/seen?new=1", http.StatusPermanentRedirect))
	mux.HandleFunc("/go/", redirect)
	mux.Handle("/inner/", http.StripPrefix("/inner", http.HandlerFunc(seen)))
	mux.Handle("/in%20ner/", http.StripPrefix("/in ner", http.HandlerFunc(seen)))
	mux.Handle("/semi", http.AllowQuerySemicolons(http.HandlerFunc(form)))
	mux.Handle("/most/20", http.MaxBytesHandler(http.HandlerFunc(count), 20))
	mux.HandleFunc("/most", most)
	mux.HandleFunc("/most/form", mostForm)
	mux.Handle("/hurry/", http.StripPrefix("/hurry", http.TimeoutHandler(hurried(), 400*time.Millisecond, "")))
	mux.Handle("/hurry-text/", http.StripPrefix("/hurry-text", http.TimeoutHandler(hurried(), 400*time.Millisecond, "<h1>late</h1>")))
	mux.Handle("/own-site/", ownSite())

	// Files.
	mux.Handle("/disk/", http.StripPrefix("/disk", http.FileServer(http.Dir(dir))))
	mux.Handle("/fsys/", http.StripPrefix("/fsys", http.FileServerFS(os.DirFS(dir))))
	mux.HandleFunc("/one/{name...}", oneFile(dir))
	mux.HandleFunc("/clip/{name}", clip)

	// Wrappers.
	mux.Handle("/loud/", http.StripPrefix("/loud", loud(http.HandlerFunc(act))))
	mux.Handle("/loud-lines", loud(http.HandlerFunc(takeOverLines)))
	mux.Handle("/loud-late", loud(http.HandlerFunc(lateWrite)))
	mux.Handle("/loud-disk/", http.StripPrefix("/loud-disk", loud(http.FileServer(http.Dir(dir)))))
	mux.Handle("/nested/{b}/", nested())

	// Patterns.
	for _, pattern := range patterns {
		mux.HandleFunc(pattern, matched)
	}
	return mux
}
