package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	countersign "github.com/countersign/countersign/clients/go"
)

// step is one promise of the tour, and where it is kept: as whom, and on which page.
type step struct {
	ID      string `json:"id"` // also its anchor in the list
	Title   string `json:"title"`
	Promise string `json:"promise"`
	How     string `json:"how"`
	As      string `json:"as"` // user name
	Path    string `json:"path"`
	Edition string `json:"edition"` // the only one in which it can be seen; empty: either
	Login   bool   `json:"login"`   // the login is what is to be seen
}

type chapter struct {
	Title string `json:"title"`
	Lead  string `json:"lead"`
	Steps []step `json:"steps"`
}

//go:embed tour.json
var tourFile []byte

func readTour() ([]chapter, error) {
	var chapters []chapter
	if err := json.Unmarshal(tourFile, &chapters); err != nil {
		return nil, fmt.Errorf("tour.json: %w", err)
	}
	return chapters, nil
}

// tourRoutes are those of the demonstration alone, whose tenant is a sandbox.
func (a *app) tourRoutes(mux *http.ServeMux) {
	if !a.showTour {
		return
	}
	mux.HandleFunc("GET /tour", a.listSteps)
	mux.HandleFunc("GET /tour/steps/{id}", a.member(a.visitStep))
	mux.HandleFunc("GET /tour/codes", a.showCodes)
	mux.HandleFunc("GET /tour/codes.json", a.tellCodes)
	mux.HandleFunc("POST /tour/clock", a.advanceClock)
}

// stop is a step as the page shows it.
type stop struct {
	step
	Name string // of who is to be logged in
	Form string // where they log in
	Here bool   // they are logged in
	Away bool   // it is seen in the other edition
}

type stops struct {
	Title, Lead string
	Stops       []stop
}

type tourView struct {
	Chapters        []stops
	Password, Other string
}

func (a *app) listSteps(w http.ResponseWriter, r *http.Request) {
	view := tourView{Password: demoPassword, Other: a.other}
	for _, c := range a.tour {
		shown := stops{Title: c.Title, Lead: c.Lead}
		for _, s := range c.Steps {
			shown.Stops = append(shown.Stops, a.stop(r, s))
		}
		view.Chapters = append(view.Chapters, shown)
	}
	a.say(w, r, http.StatusOK, "tour", view)
}

func (a *app) stop(r *http.Request, s step) stop {
	u, _ := a.users.named(s.As)
	shown := stop{step: s, Name: u.Name, Form: "/login", Away: s.Edition != "" && s.Edition != a.edition}
	if u.Source == countersign.AuthSourceSaml {
		shown.Form = "/sso"
	}
	current, known := a.of(r)
	shown.Here = known && current.open && current.user.ID == u.ID && !s.Login
	return shown
}

// stepOf is the step that somebody logs in for, if there is one.
func (a *app) stepOf(r *http.Request) *step {
	return a.findStep(r.PostFormValue("step"))
}

func (a *app) findStep(id string) *step {
	for _, c := range a.tour {
		if i := slices.IndexFunc(c.Steps, func(s step) bool { return s.ID == id }); i >= 0 {
			return &c.Steps[i]
		}
	}
	return nil
}

// visitStep leads somebody who is logged in to the page of a step.
func (a *app) visitStep(w http.ResponseWriter, r *http.Request, _ session) {
	s := a.findStep(r.PathValue("id"))
	if s == nil {
		a.say(w, r, http.StatusNotFound, "missing", nil)
		return
	}
	a.change(r, func(current *session) { current.step, current.due = s, false })
	http.Redirect(w, r, s.Path, http.StatusSeeOther)
}

// arrive leads those on who logged in for a step of the tour.
func (a *app) arrive(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request, s session) {
		if !s.due {
			next(w, r, s)
			return
		}
		a.change(r, func(current *session) { current.due = false })
		if s.step.Path == "/" {
			next(w, r, s)
			return
		}
		http.Redirect(w, r, s.step.Path, http.StatusSeeOther)
	}
}
