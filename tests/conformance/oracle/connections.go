package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// pages are the journals of connections: the states they have been in.
var pages = struct {
	sync.Mutex
	byAddr map[string]string
	byName map[string]string
}{byAddr: make(map[string]string), byName: make(map[string]string)}

// note writes down a state that a connection enters.
func note(conn net.Conn, state http.ConnState) {
	pages.Lock()
	defer pages.Unlock()
	addr := conn.RemoteAddr().String()
	if state == http.StateNew {
		pages.byAddr[addr] = ""
	}
	pages.byAddr[addr] += state.String() + " "
}

type addrKey struct{}

func withJournal(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, addrKey{}, conn.RemoteAddr().String())
}

// journal shows the states of its own connection so far, and names the journal
// after the query, so that others can ask for it.
func journal(w http.ResponseWriter, r *http.Request) {
	addr, _ := r.Context().Value(addrKey{}).(string)
	pages.Lock()
	defer pages.Unlock()
	if name := r.URL.Query().Get("name"); name != "" {
		pages.byName[name] = addr
	}
	fmt.Fprintf(w, "%s %t\n", pages.byAddr[addr], addr == r.RemoteAddr)
}

// lastWords shows the journal of another connection once that has ended.
func lastWords(w http.ResponseWriter, r *http.Request) {
	for i := 0; i < 400; i++ {
		pages.Lock()
		states := pages.byAddr[pages.byName[r.PathValue("id")]]
		pages.Unlock()
		if strings.HasSuffix(states, "closed ") || strings.HasSuffix(states, "hijacked ") {
			fmt.Fprintf(w, "%s\n", states)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Fprintf(w, "has not ended\n")
}

// tag shows what the base context brought.
func tag(w http.ResponseWriter, r *http.Request) {
	text, _ := r.Context().Value(tagKey{}).(string)
	_, server := r.Context().Value(http.ServerContextKey).(*http.Server)
	addr, local := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	fmt.Fprintf(w, "[%s] %t %t %t\n", text, server, local, strings.HasPrefix(addr.String(), "127.0.0.1:"))
}

var woken = struct {
	sync.Mutex
	m map[string]string
}{m: make(map[string]string)}

// wait waits for its client to go away; told it shows how such a wait ended.
func wait(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if r.URL.Query().Get("ask") != "" {
		told(w, id)
		return
	}
	why := "nobody left"
	select {
	case <-r.Context().Done():
		why = r.Context().Err().Error()
	case <-time.After(1500 * time.Millisecond):
	}
	woken.Lock()
	defer woken.Unlock()
	woken.m[id] = why
}

func told(w http.ResponseWriter, id string) {
	for i := 0; i < 500; i++ {
		woken.Lock()
		why := woken.m[id]
		woken.Unlock()
		if why != "" {
			fmt.Fprintf(w, "%s\n", why)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Fprintf(w, "still waiting\n")
}

// takeOver answers by itself, over the connection.
func takeOver(w http.ResponseWriter, r *http.Request) {
	conn, rw, err := w.(http.Hijacker).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer conn.Close()
	n, writeErr := io.WriteString(w, "by the writer")
	_, _, again := w.(http.Hijacker).Hijack()
	w.WriteHeader(http.StatusTeapot)
	fmt.Fprintf(rw, "HTTP/1.1 200 Mine\r\nX-Write: %d %v\r\nX-Again: %v\r\n\r\n", n, writeErr, again)
	rw.Flush()
}

// takeOverLines sends lines back, the letters in reverse order.
func takeOverLines(w http.ResponseWriter, r *http.Request) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	fmt.Fprintf(rw, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: lines\r\nConnection: Upgrade\r\n\r\n")
	rw.Flush()
	for {
		line, err := rw.ReadString('\n')
		if err != nil {
			fmt.Fprintf(rw, "(%s) %v\n", line, err)
			rw.Flush()
			return
		}
		if line == "end\n" {
			return
		}
		rw.WriteString(reversed(strings.TrimSuffix(line, "\n")) + "\n")
		rw.Flush()
	}
}

func reversed(line string) string {
	letters := []byte(line)
	for i, j := 0, len(letters)-1; i < j; i, j = i+1, j-1 {
		letters[i], letters[j] = letters[j], letters[i]
	}
	return string(letters)
}

// takeOverLate takes the connection over when the answer has begun.
func takeOverLate(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", "20")
	io.WriteString(w, "begun, ")
	if r.URL.Query().Get("flush") != "" {
		w.(http.Flusher).Flush()
	}
	conn, rw, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprintf(rw, "taken over")
	rw.Flush()
}

// takeOverLeft tells what of the body has been read already.
func takeOverLeft(w http.ResponseWriter, r *http.Request) {
	piece := make([]byte, number(r.URL.Query().Get("take")))
	n, err := io.ReadFull(r.Body, piece)
	conn, rw, hijackErr := w.(http.Hijacker).Hijack()
	if hijackErr != nil {
		return
	}
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	rest, _ := io.ReadAll(rw)
	fmt.Fprintf(rw, "took %d [%s] %v, left [%s]\n", n, piece[:n], err, rest)
	rw.Flush()
}

// talk answers each five bytes of the body before it reads the next.
func talk(w http.ResponseWriter, r *http.Request) {
	rc := http.NewResponseController(w)
	if err := rc.EnableFullDuplex(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	rc.Flush()
	five := make([]byte, 5)
	for {
		n, err := io.ReadFull(r.Body, five)
		fmt.Fprintf(w, "<%s>", five[:n])
		if err != nil {
			fmt.Fprintf(w, " %v\n", err)
			return
		}
		rc.Flush()
	}
}

// slowBody gives the client a time for the body.
func slowBody(w http.ResponseWriter, r *http.Request) {
	rc := http.NewResponseController(w)
	err := rc.SetReadDeadline(time.Now().Add(time.Duration(number(r.URL.Query().Get("ms"))) * time.Millisecond))
	body, readErr := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%v, read [%s], late %t\n", err, body, errors.Is(readErr, os.ErrDeadlineExceeded))
}

// lateWrite writes when its time is up.
func lateWrite(w http.ResponseWriter, r *http.Request) {
	rc := http.NewResponseController(w)
	if r.URL.Query().Get("flush") != "" {
		io.WriteString(w, "in time\n")
		rc.Flush()
	}
	if err := rc.SetWriteDeadline(time.Now().Add(-time.Second)); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	io.WriteString(w, "too late\n")
}
