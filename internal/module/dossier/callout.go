package dossier

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
)

// Call is what a process asks of a configured address. It carries ids, codes and the process's
// variables, never the form: whoever needs more asks the API, which checks again who is asking.
type Call struct {
	Key       string         `json:"key"` // the same however often the call is made
	Dossier   id.ID          `json:"dossier"`
	Code      string         `json:"code"`
	Procedure string         `json:"procedure"`
	Service   string         `json:"service"`
	Element   string         `json:"element"`
	Vars      map[string]any `json:"vars"`
}

// Reply is what the address answered.
type Reply struct {
	Result any            `json:"result"` // goes into the variable the element names
	Vars   map[string]any `json:"vars"`
	Error  string         `json:"error"` // code of an error the process may handle
}

// Endpoints are the addresses that processes may call.
type Endpoints interface {
	// Names returns the names of the addresses, sorted.
	Names() []string
	// Call sends the call and returns the answer. A fault of kind Unavailable means: try again; any
	// other error, that trying again would not help.
	Call(ctx context.Context, name string, call Call) (Reply, error)
}

const (
	callTime = 30 * time.Second // how long one call may take in all; no other replica tries meanwhile
	maxTries = 8                // about two hours
)

// retryCall is how long after a failed try the next one is made.
func retryCall(tries int) time.Duration { return min(time.Minute<<max(tries-1, 0), time.Hour) }

// callOut makes a call that is due. It is marked before it is made and answered after, each in a
// transaction of its own: a process that is killed between the two makes it again, with the same key.
func (s *Service) callOut(ctx context.Context, w *Wait) (did bool, err error) {
	name, outside := strings.CutPrefix(w.Name, endpointPrefix)
	if !outside {
		return s.serveLate(ctx, w)
	}
	var mine bool
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE dossier_wait SET tries = tries + 1, due_at = $4 WHERE dossier_id = $1 AND token = $2 AND due_at = $3`,
			w.Dossier, w.Token, db.Micros(w.Due), db.Micros(s.Now().Add(callTime+retryCall(w.Tries+1))))
		mine = n == 1
		return err
	})
	if err != nil || !mine {
		return false, err
	}
	d, err := s.get(s.DB.Read(ctx), w.Dossier)
	if err != nil {
		return false, err
	}
	vars := map[string]any{}
	for _, m := range []map[string]any{d.Process.Vars, w.Data} {
		for k, v := range m {
			if k != varForm {
				vars[k] = v
			}
		}
	}
	reply, err := Reply{}, error(fault.New(fault.Invalid, "dossier.no_service", "name", w.Name))
	if s.Endpoints != nil {
		limit, cancel := context.WithTimeout(ctx, callTime)
		reply, err = s.Endpoints.Call(limit, name, Call{Key: w.Dossier.String() + "-" + strconv.Itoa(w.Token), Dossier: w.Dossier, Code: d.Code,
			Procedure: d.ProcedureCode, Service: w.Name, Element: w.Node, Vars: vars})
		cancel()
	}
	if ctx.Err() != nil {
		return false, ctx.Err() // the call is marked and will be made again
	}
	f := fault.As(err)
	if f != nil && f.Kind == fault.Unavailable && w.Tries+1 < maxTries {
		return false, s.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE dossier_wait SET trouble = $3 WHERE dossier_id = $1 AND token = $2`, w.Dossier, w.Token, f.Key)
			return err
		})
	}
	if err != nil && f == nil {
		f = fault.Wrap(err, fault.Invalid, "dossier.service_refused", "name", name)
	}
	_, err = s.change(ctx, w.Dossier, func(tx *db.Tx, c *change) error {
		if t := c.d.Process.Token(w.Token); t == nil || t.State != bpmn.TokenService {
			return errSame // answered, or not needed any more
		}
		ev := bpmn.Event{Kind: bpmn.EventDone, Token: w.Token, Vars: c.answered(reply)}
		switch {
		case f != nil:
			c.reasons = append(c.reasons, reason{w.Token, f})
			ev = bpmn.Event{Kind: bpmn.EventFail, Token: w.Token, Name: f.Key}
		case reply.Error != "":
			ev = bpmn.Event{Kind: bpmn.EventError, Token: w.Token, Name: reply.Error}
		}
		if f == nil && reply.Error == "" {
			c.auto("service", c.proc.Process.Node(w.Node), map[string]any{"name": w.Name})
		}
		return c.stepAlone(ev)
	})
	if errors.Is(err, errSame) {
		return false, nil
	}
	// An answer that the process cannot take is no reason to call again for ever.
	return s.outcome(ctx, w.Dossier, err, w.stops, w.waitsOn)
}

// answered returns the variables of a reply; the dossier's own are not an address's to set.
func (c *change) answered(r Reply) map[string]any {
	out := map[string]any{}
	for k, v := range r.Vars {
		if k != "" && !reserved(k) {
			out[k] = v
		}
	}
	if r.Result != nil {
		out[""] = r.Result
	}
	return out
}

// serveLate carries out a service of the product that an act had no time for.
func (s *Service) serveLate(ctx context.Context, w *Wait) (bool, error) {
	_, err := s.change(ctx, w.Dossier, func(tx *db.Tx, c *change) error {
		if _, err := c.due(tx, w); err != nil {
			return err
		}
		n, do := c.proc.Process.Node(w.Node), builtIn(w.Name)
		if n == nil || do == nil {
			return fault.New(fault.Invalid, "dossier.no_service", "name", w.Name)
		}
		from := c.d.Status
		c.served(w.Token, n, do, w.Data)
		if err := c.step(c.takeAnswer(), ""); err != nil {
			return err
		}
		c.announce(from)
		return nil
	})
	return s.outcome(ctx, w.Dossier, err, w.stops, w.waitsOn)
}

// takeAnswer returns the first of what the process is to hear.
func (c *change) takeAnswer() bpmn.Event {
	ev := c.answers[0]
	c.answers = c.answers[1:]
	return ev
}
