package notifytest_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"lienthong/internal/kit/id"
	"lienthong/internal/kit/outbox"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/notify"
	"lienthong/internal/module/notify/notifytest"
)

// iam sends its one-time codes through this module.
var _ iam.CodeSender = (*notify.Service)(nil)

// The two modules do not import each other; what one writes and the other reads is compared here.
func TestEventsOfDossiers(t *testing.T) {
	t.Parallel()
	want := []string{dossier.SubjectReportDue, dossier.SubjectAlert, dossier.SubjectDigest, dossier.SubjectTacit, dossier.SubjectOpened, dossier.SubjectReceived, dossier.SubjectSupplement, dossier.SubjectDuty, dossier.SubjectExtended, dossier.SubjectRederived, dossier.SubjectNotice, dossier.SubjectVersion,
		dossier.SubjectNotTaken, dossier.SubjectStopped, dossier.SubjectFinished, dossier.SubjectReturned}
	if got := notify.Subjects(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	h := notifytest.New(t, testkit.SQLite(t))
	h.Dossiers.Put(id.ID{7}, notify.Contact{Account: id.ID{1}, Notes: map[int]string{4: "Thiếu bản sao."}})
	send := func(subject string, status dossier.Status) {
		t.Helper()
		b, err := json.Marshal(dossier.Fact{Dossier: id.ID{7}, Code: "A-7", Version: 3, Status: status, Entry: 4})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Handle(t.Context(), outbox.Event{ID: h.IDs.New(), Subject: subject, At: h.Clock.Now(), Payload: json.RawMessage(b)}); err != nil {
			t.Fatal(err)
		}
	}
	send(dossier.SubjectOpened, dossier.StatusProcessing) // overtaken
	send(dossier.SubjectFinished, dossier.StatusReturned) // overtaken
	send(dossier.SubjectOpened, dossier.StatusNew)
	send(dossier.SubjectNotTaken, dossier.StatusNotTaken)
	ms, err := h.Inbox(notifytest.Citizen(t.Context(), id.ID{1}), id.ID{}, 10)
	if err != nil || len(ms) != 2 || ms[1].Template != "opened" || ms[1].DossierCode != "A-7" {
		t.Fatalf("%+v, %v", ms, err)
	}
	if got := ms[0].Body; !strings.Contains(got, "\nLý do: Thiếu bản sao.") {
		t.Errorf("%q", got)
	}
}
