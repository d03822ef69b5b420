package procedure

import (
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/id"
)

// Subjects of this module's events.
const (
	SubjectPublished    = "procedure.published.v1"
	SubjectRetired      = "procedure.retired.v1"
	SubjectOfferChanged = "procedure.offer_changed.v1"
)

// PublishedEvent says that new dossiers get this version from now on.
type PublishedEvent struct {
	Procedure     id.ID      `json:"procedure"`
	Version       id.ID      `json:"version"`
	Code          string     `json:"code"`
	Number        int        `json:"number"`
	EffectiveFrom civil.Date `json:"effective_from"`
}

// RetiredEvent says that no new dossiers of the procedure are received.
type RetiredEvent struct {
	Procedure id.ID  `json:"procedure"`
	Version   id.ID  `json:"version"`
	Code      string `json:"code"`
}

// OfferChangedEvent says that an agency begins or ends to receive a procedure on a day.
type OfferChangedEvent struct {
	Procedure id.ID      `json:"procedure"`
	Code      string     `json:"code"`
	Agency    id.ID      `json:"agency"`
	Enabled   bool       `json:"enabled"`
	From      civil.Date `json:"from"`
}
