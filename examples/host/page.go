package main

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed static
var staticFiles embed.FS

// pages are the templates by name, each with the frame that all of them share.
var pages = readPages()

func readPages() map[string]*template.Template {
	found := map[string]*template.Template{}
	names, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil {
		panic(err) // a bad pattern
	}
	for _, name := range names {
		short := strings.TrimSuffix(strings.TrimPrefix(name, "pages/"), ".html")
		found[short] = template.Must(template.ParseFS(pageFiles, "pages/frame.html", name))
	}
	return found
}

// view is what every page knows.
type view struct {
	Page    string
	Service string // where the screens come from
	Edition string
	Tour    bool  // of the demonstration
	Step    *step // of the tour, for who came by it
	User    *user // nil while nobody is logged in
	Unread  int   // messages in the user's mailbox
	Data    any
}

// say answers with a page.
func (a *app) say(w http.ResponseWriter, r *http.Request, status int, page string, data any) {
	v := view{Page: page, Service: a.service, Edition: a.edition, Tour: a.showTour, Data: data}
	s, known := a.of(r)
	if known {
		v.Step = s.step
	}
	if known && s.open {
		v.User, v.Unread = &s.user, a.mailbox.Unread(s.user.ID)
	}
	var body bytes.Buffer
	if err := pages[page].ExecuteTemplate(&body, "frame", v); err != nil {
		slog.Error("a page could not be made", "page", page, "error", err)
		http.Error(w, "Something went wrong.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = body.WriteTo(w) // the client may be gone
}

func static() http.Handler {
	files, err := fs.Sub(staticFiles, "static")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return http.FileServerFS(files)
}
