package notify

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
)

// The subjects of facts about deadlines.
const (
	subjectAlert  = "dossier.alert.v1"
	subjectDigest = "dossier.digest_due.v1"
)

// DeskNote is what a message to officials about a deadline says. Fields that do not apply stay empty.
type DeskNote struct {
	Code string // the dossier's
	// Values are code, procedure, step, officer, agency, due and left; of a digest day, overdue, soon,
	// lines and link.
	Values map[string]string
	Name   string // the reader's, of a digest
	Email  string // of a digest
	Lang   string
}

// Desks answers what officials are told about deadlines.
type Desks interface {
	// AlertNote returns what is said about a task's date. The fault NotFound means that the task is
	// over.
	AlertNote(ctx context.Context, task id.ID, due int64) (DeskNote, error)
	// DigestMail returns an official's digest of the day. The fault NotFound means that there is
	// nothing to tell any more, or nobody.
	DigestMail(ctx context.Context, account id.ID, day civil.Date) (DeskNote, error)
}

// alert is what this module reads of the event.
type alert struct {
	Dossier id.ID   `json:"dossier"`
	Task    id.ID   `json:"task"`
	Kind    string  `json:"kind"`
	Due     int64   `json:"due"`
	To      []id.ID `json:"to"`
}

// handleAlert puts a note about a deadline into the accounts of those it is for.
func (s *Service) handleAlert(ctx context.Context, e outbox.Event) error {
	var f alert
	if err := e.Into(&f); err != nil {
		return err
	}
	var drafts []*draft
	n, err := s.Desks.AlertNote(ctx, f.Task, f.Due)
	switch {
	case fault.KindOf(err) == fault.NotFound: // done meanwhile
	case err != nil:
		return fmt.Errorf("the deadline of task %s: %w", f.Task, err)
	default:
		key := KeyDeadlineWarn
		if strings.HasSuffix(f.Kind, "_late") {
			key = KeyDeadlineLate
		}
		for _, to := range f.To {
			v := maps.Clone(n.Values)
			s.common(langOf(n.Lang), v)
			// An event has one message in an account by its number; its receipt guards these.
			drafts = append(drafts, &draft{values: v, msg: Message{Template: key, Lang: langOf(n.Lang), Channel: Account, Account: to,
				Dossier: f.Dossier, DossierCode: n.Code}})
		}
	}
	return s.queueOnce(ctx, e, drafts)
}

// digestDue is what this module reads of the event.
type digestDue struct {
	Account id.ID      `json:"account"`
	Day     civil.Date `json:"day"`
}

// handleDigest mails an official's digest of deadlines.
func (s *Service) handleDigest(ctx context.Context, e outbox.Event) error {
	var f digestDue
	if err := e.Into(&f); err != nil {
		return err
	}
	var drafts []*draft
	n, err := s.Desks.DigestMail(ctx, f.Account, f.Day)
	switch to := mailOf(n.Email); {
	case fault.KindOf(err) == fault.NotFound:
	case err != nil:
		return fmt.Errorf("the digest of account %s: %w", f.Account, err)
	case to == "":
		s.Log.InfoContext(ctx, "notify: the reader of a digest has no address", "account", f.Account.String())
	default:
		lang := langOf(n.Lang)
		v := maps.Clone(n.Values)
		v["name"] = n.Name
		s.common(lang, v)
		drafts = append(drafts, &draft{values: v, msg: Message{Template: KeyDigest, Lang: lang, Channel: Email, Account: f.Account, Target: to, Event: e.ID}})
	}
	return s.queueOnce(ctx, e, drafts)
}
