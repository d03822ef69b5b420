package dossierapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/module/dossier"
)

const tagProcess = "Processes"

func (a *api) registerProcess() {
	incident := perm(dossier.PermIncident)
	add(a, perm(dossier.PermDeliver), op(http.MethodPost, "/dossiers/{code}/messages", "deliver-message", tagProcess, "Hand a message to a dossier",
		"By a program of another system, for dossiers of its agency: what a process waits for, such as another agency's result. "+
			"The key names this very message: one that is sent again changes nothing and is answered the same. A message nobody waits for yet is kept for 90 days."), a.message)
	add(a, perm(dossier.PermProcess), op(http.MethodPost, "/dossiers/{code}/links", "link-dossier", tagProcess, "Link two dossiers",
		"They hear each other's messages from then on, such as those of interlinked procedures. Doing it again changes nothing."), a.link)
	add(a, incident, op(http.MethodGet, "/incidents", "list-incidents", tagProcess, "List incidents",
		"Where processes stopped because something failed that nobody at a task could be told of; the newest first, at most 500."), a.incidents)
	add(a, incident, op(http.MethodPost, "/incidents/retry", "retry-incidents", tagProcess, "Try all of a kind again",
		"The same failure at the same element of a procedure, each dossier by itself; at most 500 at a time."), a.retryIncidents)
	add(a, incident, op(http.MethodPost, "/incidents/{incident}/retry", "retry-incident", tagProcess, "Try again",
		"What failed is done again. Should it fail again, the dossier has a new incident."), a.retryIncident)
	add(a, incident, op(http.MethodPost, "/incidents/{incident}/skip", "skip-incident", tagProcess, "Pass over, done by hand",
		"For services and decisions whose work was done in another way, with the reason."), a.skipIncident)
}

// ProcessMessage is what is handed to a dossier's process.
type ProcessMessage struct {
	Key  string         `json:"key" minLength:"1" maxLength:"100" example:"thue-2026-000123" doc:"Names this very message."`
	Name string         `json:"name" minLength:"1" maxLength:"200" example:"tax.decided" doc:"What the process waits for."`
	Vars map[string]any `json:"vars,omitempty" doc:"Variables of the process it sets, at most 4,096 bytes. Those the dossier itself knows cannot be set."`
}

// ProcessHeard says what became of a message.
type ProcessHeard struct {
	Heard   bool         `json:"heard" doc:"The process waited for it. Otherwise it is kept."`
	Dossier DossierState `json:"dossier"`
}

// DossierState says no more of a dossier than where it stands.
type DossierState struct {
	Code    string `json:"code"`
	Status  int    `json:"status" minimum:"1" maximum:"10"`
	Version int64  `json:"version"`
}

func (a *api) message(ctx context.Context, in *struct {
	ByDossier
	Body ProcessMessage
}) (*out[ProcessHeard], error) {
	d, heard, err := a.s.DeliverTo(ctx, strings.ToUpper(in.Code), dossier.Message{Key: in.Body.Key, Name: in.Body.Name, Vars: in.Body.Vars})
	if err != nil {
		return nil, located(err, "", "")
	}
	return &out[ProcessHeard]{ProcessHeard{heard, DossierState{d.Code, int(d.Status), d.Version}}}, nil
}

// DossierLink names the other dossier.
type DossierLink struct {
	Code string `json:"code" minLength:"1" maxLength:"60"`
}

func (a *api) link(ctx context.Context, in *struct {
	ByDossier
	Body DossierLink
}) (*out[DossierBrief], error) {
	d, err := a.get(ctx, in.Code)
	if err != nil {
		return nil, err
	}
	other, err := a.get(ctx, in.Body.Code)
	if err != nil {
		return nil, err
	}
	d, err = a.s.Link(ctx, d.ID, other.ID)
	return a.acted(ctx, d, err)
}

// ProcessIncident is a place where a dossier's process stopped.
type ProcessIncident struct {
	ID        string     `json:"id" format:"uuid"`
	Dossier   string     `json:"dossier" doc:"Code."`
	Procedure string     `json:"procedure" doc:"Code."`
	Element   string     `json:"element,omitempty" doc:"Id on the diagram."`
	Name      string     `json:"name,omitempty" doc:"The element's name."`
	Code      string     `json:"code" doc:"What went wrong, for programs."`
	Message   string     `json:"message" doc:"What went wrong, for people."`
	Skippable bool       `json:"skippable"`
	At        time.Time  `json:"at"`
	ClosedAt  *time.Time `json:"closed_at,omitempty"`
	Closed    string     `json:"closed,omitempty" enum:"retried,skipped,gone"`
	Note      string     `json:"note,omitempty"`
}

func (a *api) incidents(ctx context.Context, in *struct {
	Procedure string `query:"procedure" maxLength:"60" doc:"Code."`
	Element   string `query:"element" maxLength:"200"`
	Closed    bool   `query:"closed" doc:"Those that are over, too."`
}) (*out[list[ProcessIncident]], error) {
	rows, err := a.s.Incidents(ctx, dossier.IncidentFilter{Procedure: in.Procedure, Node: in.Element, Closed: in.Closed})
	if err != nil {
		return nil, err
	}
	return &out[list[ProcessIncident]]{items(rows, func(x *dossier.Incident) ProcessIncident {
		return ProcessIncident{x.ID.String(), x.Code, x.Procedure, x.Node, x.Name, x.Key, i18n.T(ctx, x.Key, x.Args), x.Skippable,
			x.At.UTC(), when(x.ClosedAt), x.Closed, x.Note}
	})}, nil
}

// ByIncident is the input of an operation on one incident.
type ByIncident struct {
	Incident string `path:"incident" format:"uuid" doc:"The incident's identifier."`
}

// IncidentRetried says what became of a new try.
type IncidentRetried struct {
	Again bool `json:"again" doc:"It failed again; the dossier has a new incident."`
}

// IncidentRetry sets what was wrong or missing.
type IncidentRetry struct {
	Vars map[string]any `json:"vars,omitempty" doc:"Variables of the process; those the dossier itself knows cannot be set."`
}

func (a *api) retryIncident(ctx context.Context, in *struct {
	ByIncident
	Body *IncidentRetry
}) (*out[IncidentRetried], error) {
	var vars map[string]any
	if in.Body != nil {
		vars = in.Body.Vars
	}
	x, err := parse("path.incident", in.Incident)
	if err != nil {
		return nil, err
	}
	again, err := a.s.RetryIncident(ctx, x, vars)
	if err != nil {
		return nil, located(err, "", "")
	}
	return &out[IncidentRetried]{IncidentRetried{again}}, nil
}

// IncidentKind names incidents of the same kind.
type IncidentKind struct {
	Procedure string `json:"procedure" minLength:"1" maxLength:"60" doc:"Code."`
	Element   string `json:"element,omitempty" maxLength:"200"`
	Code      string `json:"code" minLength:"1" maxLength:"100" doc:"What went wrong."`
}

// IncidentsRetried says what became of several.
type IncidentsRetried struct {
	Done   int `json:"done"`
	Again  int `json:"again"`
	Failed int `json:"failed"`
}

func (a *api) retryIncidents(ctx context.Context, in *struct{ Body IncidentKind }) (*out[IncidentsRetried], error) {
	r, err := a.s.RetryIncidents(ctx, dossier.IncidentFilter{Procedure: in.Body.Procedure, Node: in.Body.Element, Key: in.Body.Code})
	if err != nil {
		return nil, err
	}
	return &out[IncidentsRetried]{IncidentsRetried{r.Done, r.Again, r.Failed}}, nil
}

// IncidentSkip says how the work was done.
type IncidentSkip struct {
	Reason string `json:"reason" minLength:"1" maxLength:"4000"`
	Result any    `json:"result,omitempty" doc:"What the step would have given, if the process needs it."`
}

func (a *api) skipIncident(ctx context.Context, in *struct {
	ByIncident
	Body IncidentSkip
}) (*struct{}, error) {
	x, err := parse("path.incident", in.Incident)
	if err != nil {
		return nil, err
	}
	if err := a.s.SkipIncident(ctx, x, in.Body.Reason, in.Body.Result); err != nil {
		if fault.As(err) != nil {
			return nil, located(err, "", "reason")
		}
		return nil, err
	}
	return nil, nil
}

// DossierWait is what a dossier's process waits for beside people.
type DossierWait struct {
	Kind    string     `json:"kind" enum:"timer,service,condition,signal,message,incident"`
	Element string     `json:"element" doc:"Id on the diagram."`
	Name    string     `json:"name" doc:"The element's name."`
	At      *time.Time `json:"at,omitempty" doc:"When the process goes on by itself, or the call is made again; missing while it stands."`
	Tries   int        `json:"tries,omitempty" doc:"Of a call: how often it was made."`
	Message string     `json:"message,omitempty" doc:"Of an incident: what went wrong, for people."`
}

// showWaits lists timers, calls, messages and incidents.
func showWaits(ctx context.Context, v *dossier.View) []DossierWait {
	var out []DossierWait
	name := func(node string) string { return nodeName(ctx, v.Proc.Process.Node(node), node) }
	for _, w := range v.Waits {
		out = append(out, DossierWait{Kind: w.Kind, Element: w.Node, Name: name(w.Node), At: when(w.Due), Tries: w.Tries})
	}
	for _, k := range v.Process.Tokens {
		if k.State == bpmn.TokenMessage {
			out = append(out, DossierWait{Kind: "message", Element: k.Node, Name: name(k.Node)})
		}
	}
	for _, x := range v.Incidents {
		out = append(out, DossierWait{Kind: "incident", Element: x.Node, Name: name(x.Node), Message: i18n.T(ctx, x.Key, x.Args)})
	}
	return out
}
