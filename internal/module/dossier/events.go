package dossier

import "lienthong/internal/kit/id"

// Subjects of the facts this module announces. Payloads are Fact, SupplementFact or ResultFact:
// ids and codes only. Who needs more asks the service, which checks again who is asking.
const (
	SubjectOpened     = "dossier.opened.v1"     // submitted, has a code, waits for receipt
	SubjectReceived   = "dossier.received.v1"   // the clock runs
	SubjectMoved      = "dossier.moved.v1"      // a step was done, the next one is open
	SubjectSupplement = "dossier.supplement.v1" // the applicant is asked for something
	SubjectAnswered   = "dossier.answered.v1"   // the applicant answered
	SubjectDuty       = "dossier.duty.v1"       // a financial duty must be met
	SubjectPaid       = "dossier.paid.v1"       // money was recorded
	SubjectExtended   = "dossier.extended.v1"   // the date was put off, with an apology
	SubjectRederived  = "dossier.rederived.v1"  // the office's working calendar changed, and the date with it
	SubjectStopped    = "dossier.stopped.v1"    // stopped or refused after receipt
	SubjectNotTaken   = "dossier.not_taken.v1"  // not received
	SubjectWithdrawn  = "dossier.withdrawn.v1"  // the applicant took it back
	SubjectFinished   = "dossier.finished.v1"   // the result is ready
	SubjectReturned   = "dossier.returned.v1"   // the result is with the applicant
	SubjectNotice     = "dossier.notice.v1"     // the process tells the applicant something
	SubjectVersion    = "dossier.version.v1"    // it goes on by another version of its procedure, or by the one before again
	SubjectReportDue  = "dossier.report_due.v1" // a period of a report somebody subscribed to is over; payload ReportDue
)

// Fact says which dossier an event is about.
type Fact struct {
	Dossier   id.ID  `json:"dossier"`
	Code      string `json:"code"`
	Version   int64  `json:"version"`
	Status    Status `json:"status"`
	Procedure string `json:"procedure"`
	Agency    id.ID  `json:"agency"` // the agency that holds it now
	Entry     int    `json:"entry"`  // the history entry that tells the rest
}

func (c *change) fact() *Fact {
	f := &Fact{Dossier: c.d.ID, Status: c.d.Status, Procedure: c.d.ProcedureCode, Agency: c.d.Holder, Entry: c.d.Entries}
	c.facts = append(c.facts, f)
	return f
}
