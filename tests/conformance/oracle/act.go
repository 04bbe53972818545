package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// number is what a text says, or 0.
func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// act does what the segments of its path say, one after the other. A segment is
// a verb, or a verb and what follows an equals sign.
func act(w http.ResponseWriter, r *http.Request) {
	var said bytes.Buffer
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/act/")
	for _, segment := range strings.Split(path, "/") {
		step, err := url.PathUnescape(segment)
		if err != nil {
			continue
		}
		verb, rest, _ := strings.Cut(step, "=")
		if !fields(w, verb, rest) && !output(w, &said, verb, rest) && !input(w, r, &said, verb, rest) {
			end(w, &said, verb, rest)
		}
	}
}

// fields has the verbs that change the header.
func fields(w http.ResponseWriter, verb, rest string) bool {
	name, value, _ := strings.Cut(rest, "=")
	switch verb {
	case "set":
		w.Header().Set(name, value)
	case "add":
		w.Header().Add(name, value)
	case "del":
		w.Header().Del(name)
	case "nil":
		w.Header()[name] = nil
	case "raw":
		w.Header()[name] = append(w.Header()[name], value)
	default:
		return false
	}
	return true
}

// output has the verbs that write.
func output(w http.ResponseWriter, said *bytes.Buffer, verb, rest string) bool {
	switch verb {
	case "code":
		w.WriteHeader(number(rest))
	case "text":
		n, err := io.WriteString(w, rest)
		fmt.Fprintf(said, "text %d %v\n", n, err)
	case "bytes":
		n, err := w.Write([]byte(rest))
		fmt.Fprintf(said, "bytes %d %v\n", n, err)
	case "fill":
		n, err := w.Write(bytes.Repeat([]byte("a"), number(rest)))
		fmt.Fprintf(said, "fill %d %v\n", n, err)
	case "pipe":
		n, err := io.Copy(w, io.LimitReader(letters{}, int64(number(rest))))
		fmt.Fprintf(said, "pipe %d %v\n", n, err)
	case "flush":
		err := http.NewResponseController(w).Flush()
		fmt.Fprintf(said, "flush %v\n", err)
	case "say":
		w.Write(said.Bytes())
		said.Reset()
	default:
		return false
	}
	return true
}

// input has the verbs that are about the request's body and about deadlines.
func input(w http.ResponseWriter, r *http.Request, said *bytes.Buffer, verb, rest string) bool {
	rc := http.NewResponseController(w)
	switch verb {
	case "take":
		piece := make([]byte, number(rest))
		n, err := io.ReadFull(r.Body, piece)
		fmt.Fprintf(said, "take %d [%s] %v\n", n, piece[:n], err)
	case "slurp":
		body, err := io.ReadAll(r.Body)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = os.ErrDeadlineExceeded
		}
		fmt.Fprintf(said, "slurp %d %d %v\n", len(body), sum(body), err)
	case "shut":
		fmt.Fprintf(said, "shut %v\n", r.Body.Close())
	case "duplex":
		fmt.Fprintf(said, "duplex %v\n", rc.EnableFullDuplex())
	case "read-by":
		fmt.Fprintf(said, "read-by %v\n", rc.SetReadDeadline(time.Now().Add(time.Duration(number(rest))*time.Millisecond)))
	case "write-by":
		fmt.Fprintf(said, "write-by %v\n", rc.SetWriteDeadline(time.Now().Add(time.Duration(number(rest))*time.Millisecond)))
	default:
		return false
	}
	return true
}

// end has the verbs that end something.
func end(w http.ResponseWriter, said *bytes.Buffer, verb, rest string) {
	switch verb {
	case "nap":
		time.Sleep(time.Duration(number(rest)) * time.Millisecond)
	case "error":
		code, text, _ := strings.Cut(rest, "=")
		http.Error(w, text, number(code))
	case "panic":
		panic(rest)
	case "abort":
		panic(http.ErrAbortHandler)
	}
}

// letters is an endless reader of the letter b.
type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'b'
	}
	return len(p), nil
}
