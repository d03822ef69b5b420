package badday

import (
	"fmt"
	"net/http"
	"slices"
)

// check compares what the program holds with what it has acknowledged.
func (w *world) check(l *life) {
	if l.gone || l.draft == "" {
		return
	}
	var err error
	if l.code != "" {
		err = w.checkDossier(l)
	} else {
		err = w.checkDraft(l)
	}
	if err != nil {
		w.wrong(l, "%v", err)
	}
}

func (w *world) checkDraft(l *life) error {
	a, err := w.reader(l.citizen).call("GET", "/drafts/"+l.draft, nil)
	if err != nil {
		return err
	}
	if a.status == http.StatusNotFound && l.open && l.next == submitStep {
		return nil // it may have been filed; repeat will see
	}
	if !a.good() {
		return fmt.Errorf("the draft is lost: %s", a)
	}
	var d draftState
	if err := a.into(&d); err != nil {
		return err
	}
	if l.next > 1 && len(d.Data) == 0 {
		return fmt.Errorf("what was typed is lost")
	}
	return w.checkFiles(l, d.Files, true)
}

func (w *world) checkDossier(l *life) error {
	c := w.reader(l.citizen)
	var d dossierState
	if err := c.read("GET", "/dossiers/"+l.code, nil, &d); err != nil {
		return fmt.Errorf("an acknowledged dossier is lost: %w", err)
	}
	if d.ID != l.draft {
		return fmt.Errorf("%s is dossier %s, want %s", l.code, d.ID, l.draft)
	}
	acts, err := w.history(l)
	if err != nil {
		return err
	}
	happened := len(acts) == len(l.acked)+1
	want := l.acked
	if happened && l.open && steps()[l.next].entry != "" {
		want = append(slices.Clone(want), steps()[l.next].entry)
	}
	if !slices.Equal(acts, want) {
		return fmt.Errorf("the history is %v, want %v", acts, want)
	}
	if !happened && d.Status != l.status {
		return fmt.Errorf("the status is %d, want %d", d.Status, l.status)
	}
	return w.checkFiles(l, d.Files, false)
}

// history returns the acts of the dossier in their order.
func (w *world) history(l *life) ([]string, error) {
	var h struct{ Items []struct{ Act string } }
	if err := w.reader(l.citizen).read("GET", "/dossiers/"+l.code+"/history", nil, &h); err != nil {
		return nil, fmt.Errorf("the history is lost: %w", err)
	}
	var acts []string
	for _, e := range h.Items {
		acts = append(acts, e.Act)
	}
	return acts, nil
}

// until names the step that ends the time in which a file of the kind may be on its way.
var until = map[string]int{"paper": submitStep, "supplement": 11, "result": 16}

// checkFiles reads every acknowledged file and compares each byte. A file may be on its way as
// long as the step it belongs to is not over; after that there is none that is not whole.
func (w *world) checkFiles(l *life, list []fileState, draft bool) error {
	for sum, kind := range l.files {
		if kind == "result" && l.next <= len(steps())-2 {
			continue // the citizen does not see it yet
		}
		i := slices.IndexFunc(list, func(f fileState) bool { return f.SHA256 == sum && f.Done && f.Kind == kind })
		if i < 0 {
			return fmt.Errorf("file %s (%s) is lost; there are %+v", sum, kind, list)
		}
		a, err := w.reader(l.citizen).call("GET", "/files/"+list[i].ID, nil)
		if err != nil {
			return err
		}
		if kind == "result" && a.status == http.StatusForbidden {
			continue // the citizen has not been identified well enough; doctor reads it
		}
		if !a.good() || sumOf(a.body) != sum {
			return fmt.Errorf("file %s (%s) reads %s", sum, kind, a)
		}
	}
	for _, f := range list {
		if !f.Done && !draft && l.next > until[f.Kind] {
			return fmt.Errorf("half a file is part of the dossier: %+v", f)
		}
	}
	return nil
}

// repeat settles an act that was open when the program was killed, as a client would: it sends the
// same again.
func (w *world) repeat(l *life) {
	if !l.open || l.gone {
		return
	}
	s := steps()[l.next]
	if l.last.path == "" || s.name == "piece" || s.name == "last piece" {
		l.key = "" // nothing was sent, or the server says where to go on
		w.act(l)
		return
	}
	if s.entry == "" {
		w.repeatSmall(l, s)
		return
	}
	before := -1
	if l.code != "" {
		acts, err := w.history(l)
		if err != nil {
			w.wrong(l, "%v", err)
			return
		}
		before = len(acts) - len(l.acked)
	}
	a, err := w.reader(l.by).again(l.last)
	switch {
	case err != nil:
		w.wrong(l, "%v", err)
		return
	case a.good():
		w.judge(l, a)
	case a.status == http.StatusConflict && (a.code() == "rest.key_in_flight" || a.code() == "rest.key_unsure"):
		if a.code() == "rest.key_in_flight" && a.retryAfter() < 1 {
			w.wrong(l, "a key in flight does not say when to come again: %s", a)
			return
		}
		if before == 1 { // the act is done; only its answer was lost
			w.done(l, s)
			return
		}
		l.key = ""
		w.act(l)
	case a.status == http.StatusConflict && before == 1:
		w.done(l, s)
	default:
		w.wrong(l, "%s again is refused: %s (entries before it: %d)", s.name, a, before)
		return
	}
	if !l.gone {
		w.check(l)
	}
}

// done notes an act whose answer was lost, from what the program holds.
func (w *world) done(l *life, s step) {
	var d dossierState
	if err := w.reader(l.citizen).read("GET", "/dossiers/"+l.code, nil, &d); err != nil {
		w.wrong(l, "%v", err)
		return
	}
	l.acked, l.status = append(l.acked, s.entry), d.Status
	l.next++
	l.open, l.key = false, ""
}

// repeatSmall settles an act on a draft or a file.
func (w *world) repeatSmall(l *life, s step) {
	if kind := map[string]string{"paper": "paper", "attach": "supplement"}[s.name]; kind != "" {
		sum := sumOf(paper(l.name+"/"+kind, 2000))
		var d struct{ Files []fileState }
		path := "/drafts/" + l.draft
		if l.code != "" {
			path = "/dossiers/" + l.code
		}
		if err := w.reader(l.citizen).read("GET", path, nil, &d); err != nil {
			w.wrong(l, "%v", err)
			return
		}
		if slices.ContainsFunc(d.Files, func(f fileState) bool { return f.Done && f.SHA256 == sum }) {
			l.files[sum] = kind
			l.next++
			l.open, l.key = false, ""
			return
		}
	}
	a, err := w.reader(l.by).again(l.last)
	switch {
	case err != nil:
		w.wrong(l, "%v", err)
	case a.good():
		w.judge(l, a)
	case a.status == http.StatusConflict && (a.code() == "rest.key_in_flight" || a.code() == "rest.key_unsure"),
		a.status == http.StatusConflict && s.name == "fill": // another version: it was done
		l.key = ""
		w.act(l)
	default:
		w.wrong(l, "%s again is refused: %s", s.name, a)
	}
}
