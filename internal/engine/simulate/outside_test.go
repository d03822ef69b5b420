package simulate_test

import (
	"strings"
	"testing"

	"lienthong/internal/engine/simulate"
)

// leader plays a walk choice by choice.
type leader struct {
	t  *testing.T
	sc *simulate.Scene
	w  simulate.Walk
}

// do does the act to what waits at the node, "" for the dossier, and returns how things stand.
func (l *leader) do(node string, act simulate.Act, arg, data, when string) *simulate.Play {
	l.t.Helper()
	p := play(l.t, l.sc, l.w)
	c := simulate.Choice{Act: act, Arg: arg, Data: data, At: at(when)}
	for _, x := range p.Waiting {
		if x.Node.ID == node {
			c.Token = x.Token
		}
	}
	if node != "" && c.Token == 0 {
		l.t.Fatalf("nothing waits at %s: %+v", node, p.Waiting)
	}
	l.w.Choices = append(l.w.Choices, c)
	if p = play(l.t, l.sc, l.w); p.Refused != nil {
		l.t.Fatalf("%s at %s: %v", act, node, p.Refused.Err)
	}
	return p
}

func waits(p *simulate.Play) string {
	var out []string
	for _, x := range p.Waiting {
		out = append(out, x.Node.ID+" "+string(x.State))
	}
	return strings.Join(out, ", ")
}

// TestWalkOutside gives services their answers, has one fail and retried, lets a message come before
// a timer, and a boundary event interrupt.
func TestWalkOutside(t *testing.T) {
	sc := outsideScene(t)
	l := &leader{t, sc, simulate.Walk{Submitted: at("2026-11-26 08:00"), Channel: simulate.ChannelOnline}}
	p := l.do("svc", simulate.ActFail, "", "", "2026-11-26 08:10")
	if waits(p) != "svc incident" || p.Waiting[0].Why == nil || p.Status != simulate.StatusReceived {
		t.Fatalf("after the failure: %s, %+v", waits(p), p.Waiting)
	}
	l.do("svc", simulate.ActRetry, "", "", "2026-11-26 08:30")
	p = l.do("svc", simulate.ActAnswer, "", "= 5", "2026-11-26 09:00")
	if waits(p) != "msg message, late timer" || !p.Waiting[1].Due.Equal(at("2026-11-26 14:30")) || !p.Waiting[1].At.Equal(p.Waiting[1].Due) {
		t.Fatalf("at the gateway: %s, %+v", waits(p), p.Waiting)
	}
	fork := l.w
	p = l.do("msg", simulate.ActMessage, "", "", "2026-11-26 10:00")
	if waits(p) != "a task, over timer" {
		t.Fatalf("after the message: %s", waits(p))
	}
	if p = l.do("over", simulate.ActTimer, "", "", "2026-11-26 10:30"); !p.State.Done || p.Status != simulate.StatusReturned {
		t.Errorf("after the timer: %s, status %d", waits(p), p.Status)
	}
	l.w = fork
	p = l.do("late", simulate.ActTimer, "", "", "2026-11-26 14:30")
	if waits(p) != "b task, stop message" {
		t.Fatalf("after the time-out: %s", waits(p))
	}
	if p = l.do("stop", simulate.ActMessage, "", "", "2026-11-26 15:00"); !p.State.Done {
		t.Errorf("the message does not interrupt: %s", waits(p))
	}
}

// TestWalkWithData stops where a condition cannot be decided, and goes on with the data it asks for.
func TestWalkWithData(t *testing.T) {
	sc := scene(t, drawn(undecided), 1)
	if !sc.Data() {
		t.Error("nobody is asked for the data the process looks at")
	}
	l := &leader{t, sc, simulate.Walk{Submitted: at("2026-11-26 08:00"), Channel: simulate.ChannelOnline}}
	p := play(t, sc, l.w)
	l.w.Choices = []simulate.Choice{{Act: simulate.ActComplete, Token: p.Waiting[0].Token, Arg: "yes", At: at("2026-11-26 09:00")}}
	if p = play(t, sc, l.w); p.Refused == nil || p.Refused.Problem() == nil || p.Refused.Problem().Element != "f6" {
		t.Fatalf("%+v", p.Refused)
	}
	l.w.Choices = nil
	l.do("", simulate.ActData, "", "fee = 0", "2026-11-26 08:30")
	if p = l.do("a", simulate.ActComplete, "yes", "", "2026-11-26 09:00"); p.State.End != "e2" {
		t.Errorf("it ended at %q", p.State.End)
	}
	if pack(t, "mot-cua-co-tham-dinh", 3).Data() {
		t.Error("a process without conditions on data asks for some")
	}
}

// TestHoldExtendWithdraw does to the dossier what leaders and applicants can.
func TestHoldExtendWithdraw(t *testing.T) {
	sc := pack(t, "mot-cua-co-tham-dinh", 3)
	l := &leader{t, sc, simulate.Walk{Submitted: at("2026-11-25 09:00"), Channel: simulate.ChannelCounter}}
	p := play(t, sc, l.w)
	if got := p.Clock.Due; !got.Equal(at("2026-11-30 17:00")) {
		t.Fatalf("due %s", got)
	}
	p = l.do("", simulate.ActHold, "", "", "2026-11-25 10:00")
	if p.Status != simulate.StatusStopped || len(p.General) != 2 || p.General[0].Act != simulate.ActResume {
		t.Errorf("held: status %d, %v", p.Status, p.General)
	}
	held := l.w
	held.Choices = append(held.Choices, simulate.Choice{Act: simulate.ActComplete, Token: p.Waiting[0].Token, Arg: "assigned", At: at("2026-11-25 11:00")})
	if p := play(t, sc, held); p.Refused == nil {
		t.Error("a held dossier goes on")
	}
	l.do("", simulate.ActResume, "", "", "2026-11-27 10:00")
	p = l.do("", simulate.ActExtend, "2", "", "2026-11-27 10:00")
	if !p.Clock.Due.After(at("2026-12-02 00:00")) || p.Clock.Extensions != 1 {
		t.Errorf("extended to %s", p.Clock.Due)
	}
	for _, o := range p.General {
		if o.Act == simulate.ActExtend {
			t.Error("it can be extended twice")
		}
	}
	p = l.do("", simulate.ActWithdraw, "", "", "2026-11-27 11:00")
	if p.Status != simulate.StatusWithdrawn || !p.State.Cancelled || len(p.Waiting) != 0 || p.Late {
		t.Errorf("withdrawn: status %d, %s", p.Status, waits(p))
	}
}

// TestNames knows every act by its name.
func TestNames(t *testing.T) {
	for _, a := range []simulate.Act{simulate.ActComplete, simulate.ActTimer, simulate.ActMessage, simulate.ActAnswer, simulate.ActError, simulate.ActFail,
		simulate.ActRetry, simulate.ActData, simulate.ActExtend, simulate.ActHold, simulate.ActResume, simulate.ActWithdraw} {
		if simulate.ActNamed(a.Name()) != a || a.Name() == "" {
			t.Errorf("%q is named %q", a, a.Name())
		}
	}
	if simulate.ActNamed("") != "" || simulate.Act("?").Name() != "" {
		t.Error("an unknown act has a name")
	}
}
