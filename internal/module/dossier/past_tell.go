package dossier

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
)

// teller tells one life: it goes through the acts that the way recorded and fills in times, people,
// places and what follows from them.
type teller struct {
	b       *PastBatch
	p       *Past
	l       Life
	w       *PastWay
	d       Dossier
	key     []byte // the dossier's identifier as the driver stores it
	at      places
	cal     *worktime.Calendar
	rule    worktime.Rules
	tasks   []Task
	by      []any // who ended each task
	parties []id.ID
	was     bucket
	now     time.Time
	micros  int64
	seat    *seat // who acts; nil is the applicant
	paid    int

	markAgency, markDue any // where the dossier is open after the act, if that is elsewhere than before
}

func (t *teller) tell(ctx context.Context) (err error) {
	w, p := t.w, t.p
	if t.at, err = p.places(ctx, w, t.l.Offer); err != nil {
		return err
	}
	if t.cal, err = p.Calendar(ctx, w, t.l.Offer); err != nil {
		return err
	}
	r := &w.Version.Record
	first := t.l.Times[0]
	t.d = Dossier{ID: p.s.IDs.New(), Version: int64(len(w.acts)), Status: w.status, ProcedureVersion: w.Version.ID,
		ProcedureCode: w.Version.Code, ProcedureName: r.Name.Value, Field: w.field, Channel: w.Channel, Reception: t.at.reception,
		Decision: t.at.decision, Holder: t.at.reception, Applicant: t.l.Applicant, Extra: Extra{Copies: 1}, Term: w.Term,
		Day: civil.From(first), Submitted: first, Fee: w.fee.Amount, FeeText: w.fee.Text, Entries: w.entries}
	t.key = t.d.ID[:]
	if t.rule, err = p.Rules(t.d.Day); err != nil {
		return err
	}
	t.d.Regime = t.rule.Key
	if t.d.Code, err = p.code(t.l.Offer, t.d.Day); err != nil {
		return err
	}
	t.addParty(t.at.reception)
	t.addParty(t.at.decision)
	t.tasks, t.by = make([]Task, len(w.tasks)), make([]any, len(w.tasks))
	n := 0
	for i := range w.acts {
		t.now, t.micros = t.l.Times[i], db.Micros(t.l.Times[i])
		if err := t.act(&w.acts[i], &n); err != nil {
			return err
		}
	}
	t.rows()
	return nil
}

// act carries out one act at its time.
func (t *teller) act(a *pastAct, n *int) error {
	if err := t.actor(a); err != nil {
		return err
	}
	d := &t.d
	if a.kind == PastFiled && t.seat != nil {
		d.Assisted, d.Extra.FiledBy, d.Extra.Consent, d.Extra.Shown = t.seat.Agency, t.seat.Name, true, t.w.Papers
		t.addParty(d.Assisted)
	}
	if a.kind == PastFiled && t.seat == nil {
		for _, c := range t.w.Papers {
			t.file("paper", c, c+".pdf", t.p.files[c].Sum, t.p.files[c].Size, nil)
		}
	}
	if a.kind == PastDuty {
		d.Fee, d.Extra.Duty = t.l.Duty, pastDutyNotice
	}
	for _, i := range a.ended {
		x := &t.tasks[i]
		x.Done = t.now
		if t.seat != nil {
			t.by[i] = t.seat.account
		}
	}
	old := d.Due
	if a.received { // from here the law of the day counts
		d.Received = t.now
		var err error
		if t.rule, err = t.p.Rules(civil.From(t.now)); err != nil {
			return err
		}
		d.Regime = t.rule.Key
	}
	days := a.days
	if a.finished {
		d.Finished = t.now
		if days.onTime > 0 && d.Term.N > 0 && t.now.After(old) {
			d.Late = true
			days.onTime, days.late = 0, 1
		}
	}
	if a.returned {
		d.Returned = t.now
	}
	for _, e := range a.clock {
		e.At = t.now
		d.Clock = append(d.Clock, e)
	}
	if len(a.clock) > 0 {
		if err := t.derive(); err != nil {
			return err
		}
	}
	for _, i := range a.began {
		if err := t.begin(i); err != nil {
			return err
		}
	}
	if a.holder >= 0 {
		d.Holder = t.tasks[a.holder].Agency
	}
	for _, i := range a.open {
		t.tasks[i].DossierDue = d.Due
	}
	t.extras(a)
	t.count(a, days)
	t.history(a, n, old)
	return nil
}

// actor finds who acts: the applicant, or an official of the role that the act belongs to.
func (t *teller) actor(a *pastAct) error {
	t.seat = nil
	switch a.kind {
	case PastFiled, PastAnswer:
		if t.w.Channel != Online {
			t.seat = t.p.seat(t.at.reception, t.at.reception, "receiver")
		}
		return nil
	case PastPayment:
		t.seat = t.p.seat(t.at.reception, t.at.reception, "cashier")
		return nil
	case PastExtend:
		t.seat = t.p.seat(t.d.Holder, t.d.Holder, "leader")
		return nil
	}
	l, err := t.p.lane(t.w, t.w.tasks[a.task].node, t.at)
	if err != nil {
		return err
	}
	if a.kind == PastDuty {
		l.role = "specialist"
	}
	t.seat = t.p.seat(l.agency, l.unit, l.role)
	return nil
}

// derive is change.derive.
func (t *teller) derive() error {
	d := &t.d
	d.Due = time.Time{}
	if d.Term.N == 0 || d.Received.IsZero() {
		return nil
	}
	r, err := worktime.Due(t.cal, d.Term, t.rule, d.Clock)
	if err == nil && r.State != worktime.Paused {
		d.Due = r.Due
	}
	return err
}

func (t *teller) begin(i int) error {
	w := &t.w.tasks[i]
	l, err := t.p.lane(t.w, w.node, t.at)
	if err != nil {
		return err
	}
	x := &t.tasks[i]
	x.ID, x.Role, x.Agency, x.Unit, x.Created = t.p.s.IDs.New(), l.role, l.agency, l.unit, t.now
	if t.seat != nil {
		x.CreatedBy, x.FromUnit = t.seat.Account, t.seat.Unit
		if x.FromUnit.Zero() {
			x.FromUnit = t.seat.Agency
		}
	}
	if w.node.Budget > 0 {
		x.Due = t.cal.Add(t.now, w.node.Budget)
	}
	switch {
	case w.taken && t.seat != nil:
		x.Accepted, x.Assignee, x.AssigneeBy = t.now, t.seat.Account, t.seat.Name
	case w.assigned:
		s := t.p.seat(l.agency, l.unit, l.role)
		x.Assignee, x.AssigneeBy = s.Account, s.Name
	}
	t.addParty(l.agency)
	return nil
}

func (t *teller) addParty(a id.ID) {
	if !a.Zero() && !slices.Contains(t.parties, a) {
		t.parties = append(t.parties, a)
	}
}

// extras writes the rows that only some acts have.
func (t *teller) extras(a *pastAct) {
	d := &t.d
	switch a.kind {
	case PastAsk:
		x := &t.tasks[a.task]
		answered := int64(0)
		for i := range t.w.acts {
			if t.w.acts[i].kind == PastAnswer {
				answered = db.Micros(t.l.Times[i])
			}
		}
		s := t.p.s.IDs.New()
		t.b.rows.supplements.Add(s[:], t.key, int64(1), "answered", x.ID[:], blobOrNil(x.Agency), t.w.defects, pastAskReason,
			t.seat.account, t.seat.Name, t.micros, int64(0), answered, pastAnswerNote)
	case PastAnswer:
		if c := t.w.defect.Component; c != "" {
			t.file("supplement", c, c+"-bo-sung.pdf", t.p.files[c].Sum, t.p.files[c].Size, t.account())
		}
	case PastPayment:
		amount := d.Fee - d.FeePaid
		d.FeePaid = d.Fee
		x := t.p.s.IDs.New()
		t.b.rows.payments.Add(x[:], t.key, t.seat.agency, receiptOf(d.Code, t.paid), amount, t.method(), d.Applicant.Name,
			t.seat.account, t.seat.Name, t.micros, civil.From(t.now).String(), int64(0), "", "")
		t.paid++
	case PastTask:
		if f, ok := t.p.files[ResultOf(d.ProcedureCode)]; ok && t.w.tasks[a.task].node.Action == ActionNumber {
			d.Extra.Number = t.l.Number
			t.file("result", "", "ket-qua.pdf", f.Sum, f.Size, t.account())
		}
	}
}

func (t *teller) account() any {
	if t.seat == nil {
		return nil
	}
	return t.seat.account
}

func (t *teller) method() string {
	if t.w.Channel == Counter {
		return "cash"
	}
	return "transfer"
}

// file adds a file whose content the writer keeps; one it does not keep is left out.
func (t *teller) file(kind, component, name, sum string, size int64, by any) {
	if sum == "" {
		return
	}
	x := t.p.s.IDs.New()
	t.b.rows.files.Add(x[:], t.key, kind, component, name, size, sum, "application/pdf", t.micros, by, "", "")
}

// history writes the act's lines and its row for the ledger, whose content covers them.
func (t *teller) history(a *pastAct, n *int, oldDue time.Time) {
	kind, name := string(actor.Citizen), t.d.Applicant.Name
	var account, agency any
	act := LedgerAct{At: t.micros, Who: actor.Citizen, ObjectID: t.d.ID}
	if t.seat != nil {
		kind, name, account, agency = string(actor.Staff), t.seat.Name, t.seat.account, t.seat.agency
		act.Who, act.Account, act.Agency = actor.Staff, t.seat.Account, t.seat.Agency
	}
	content := make([]byte, 0, 128*len(a.entries))
	content = append(content, '[')
	for i := range a.entries {
		e := &a.entries[i]
		*n++
		data := e.data
		switch {
		case a.kind == PastExtend:
			data = db.JSON(map[string]any{"old": oldDue.In(civil.Zone()).Format(time.RFC3339),
				"new": t.d.Due.In(civil.Zone()).Format(time.RFC3339), "days": t.w.way.Extend})
		case a.kind == PastPayment && e.act == "paid":
			data = `{"amount":` + strconv.FormatInt(t.d.FeePaid, 10) + `,"method":"` + t.method() + `","receipt":` + quoted(receiptOf(t.d.Code, t.paid-1)) + `}`
		case a.kind == PastDuty:
			data = `{"amount":` + strconv.FormatInt(t.d.Fee, 10) + `}`
		case e.number:
			data = strings.Replace(data, quoted(pastNumber), quoted(t.l.Number), 1)
		}
		var openAgency, openDue any
		if i == len(a.entries)-1 {
			openAgency, openDue = t.markAgency, t.markDue
		}
		t.b.rows.entries.Add(t.key, int64(*n), t.micros, e.act, int64(e.status), kind, account, name, agency, e.node, e.note, data,
			openAgency, openDue)
		if i > 0 {
			content = append(content, ',')
		}
		content = append(append(content, `{"act":`...), quoted(e.act)...)
		content = strconv.AppendInt(append(content, `,"at":`...), t.micros, 10)
		content = strconv.AppendInt(append(content, `,"n":`...), int64(*n), 10)
		content = append(append(content, `,"note":`...), quoted(e.note)...)
		content = strconv.AppendInt(append(content, `,"status":`...), int64(e.status), 10)
		content = append(content, '}')
	}
	act.Action, act.Content = "dossier."+a.entries[0].act, append(content, ']')
	t.b.acts = append(t.b.acts, act)
}

// quoted is s as JSON writes it.
func quoted(s string) string {
	if s == "" {
		return `""`
	}
	b, err := json.Marshal(s)
	if err != nil { // no string fails
		return `""`
	}
	return string(b)
}

// count adds what the act means for the figures, as change.flushFigures does.
func (t *teller) count(a *pastAct, x dayDelta) {
	d, day := &t.d, civil.From(t.now)
	if x != (dayDelta{}) {
		k := dayCell{d.Decision, d.ProcedureCode, d.Channel, day}
		s := t.b.days[k]
		if s == nil {
			s = &dayDelta{}
			t.b.days[k] = s
		}
		s.submitted += x.submitted
		s.received += x.received
		s.refused += x.refused
		s.withdrawn += x.withdrawn
		s.stopped += x.stopped
		s.onTime += x.onTime
		s.late += x.late
		s.returned += x.returned
	}
	t.markAgency, t.markDue = nil, nil
	now := bucket{}
	if a.isOpen {
		now = bucket{d.Holder, d.ProcedureCode, d.Channel, db.Micros(d.Due)}
	}
	if now == t.was {
		return
	}
	t.markDue = int64(notOpen)
	if t.was != (bucket{}) {
		t.b.moves[moveCell{t.was, day}]--
	}
	if now != (bucket{}) {
		t.b.moves[moveCell{now, day}]++
		t.markAgency, t.markDue = blobOrNil(now.agency), now.due
	}
	t.was = now
}

// rows writes the dossier itself, its tasks and who takes part.
func (t *teller) rows() {
	d := &t.d
	t.b.rows.dossiers.Add(t.key, d.Code, d.Version, int64(d.Status), d.ProcedureVersion[:], d.ProcedureCode, d.ProcedureName, d.Field,
		int64(d.Channel), d.Regime, blobOrNil(d.Assisted), blobOrNil(d.Reception), blobOrNil(d.Decision), blobOrNil(d.Holder), nil,
		db.JSON(d.Applicant), string(t.l.Form), db.JSON(d.Extra), t.w.process, db.JSON(d.Clock), t.w.term, d.Day.String(),
		db.Micros(d.Submitted), db.Micros(d.Received), db.Micros(d.Due), db.Micros(d.Finished), db.Micros(d.Returned), d.Late, d.Fee,
		d.FeeText, d.FeePaid, d.Delivery, int64(d.SecretGen), int64(d.Entries), d.Applicant.Name, text.Fold(d.Applicant.Name),
		d.Applicant.Doc, d.Applicant.Phone)
	words := wordsOf(d.Applicant.Name)
	for _, a := range t.parties {
		t.b.rows.parties.Add(blobOrNil(a), t.key)
		for _, w := range words {
			t.b.rows.words.Add(blobOrNil(a), w, t.key)
		}
	}
	for i := range t.tasks {
		x, w := &t.tasks[i], &t.w.tasks[i]
		undo := "{}"
		if w.undo >= 0 {
			undo = `{"opened":["` + t.tasks[w.undo].ID.String() + `"]}`
		}
		t.b.rows.tasks.Add(x.ID[:], t.key, int64(w.token), w.node.ID, w.node.Name, w.node.Action, x.Role, blobOrNil(x.Agency),
			blobOrNil(x.Unit), w.state, blobOrNil(x.Assignee), x.AssigneeBy, blobOrNil(x.FromUnit), db.Micros(x.Created),
			blobOrNil(x.CreatedBy), db.Micros(x.Accepted), db.Micros(x.Due), db.Micros(x.DossierDue), db.Micros(x.Done), t.by[i],
			w.outcome, w.note, undo)
	}
}
