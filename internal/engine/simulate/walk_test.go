package simulate_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/simulate"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/fault"
)

func play(t *testing.T, sc *simulate.Scene, w simulate.Walk) *simulate.Play {
	t.Helper()
	p, err := sc.Play(w)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestWalk leads a dossier with a financial duty and a supplement through and reads every date.
func TestWalk(t *testing.T) {
	sc := pack(t, "co-nghia-vu-tai-chinh", 5)
	w := simulate.Walk{Submitted: at("2026-11-25 09:00"), Channel: simulate.ChannelOnline}
	steps := []struct {
		node, outcome, at string
		status            int
		due               string // of the dossier; "" while the clock stands
	}{
		{"receive", "accept", "2026-11-25 10:00", simulate.StatusReceived, "2026-12-02 17:00"},
		{"assign", "assigned", "2026-11-25 11:00", simulate.StatusProcessing, "2026-12-02 17:00"},
		{"examine", "supplement", "2026-11-26 09:30", simulate.StatusSupplement, ""},
		{"supplement_examine", "submitted", "2026-11-30 09:30", simulate.StatusProcessing, "2026-12-04 17:00"},
		{"examine", "pass", "2026-12-01 09:30", simulate.StatusProcessing, "2026-12-04 17:00"},
		{"check", "duty", "2026-12-01 13:30", simulate.StatusDuty, ""},
		{"pay", "paid", "2026-12-02 13:30", simulate.StatusProcessing, "2026-12-07 17:00"},
		{"approve", "approve", "2026-12-02 14:00", simulate.StatusProcessing, "2026-12-07 17:00"},
		{"number", "issued", "2026-12-08 08:00", simulate.StatusFinished, "2026-12-07 17:00"},
		{"return", "returned", "2026-12-09 08:00", simulate.StatusReturned, "2026-12-07 17:00"},
	}
	for i, s := range steps {
		p := play(t, sc, w)
		if len(p.Waiting) != 1 || p.Waiting[0].Node.ID != s.node {
			t.Fatalf("before step %d %+v waits, want %s", i, p.Waiting, s.node)
		}
		if x := p.Waiting[0]; x.Node.Budget > 0 && (!x.Due.Equal(sc.Calendar.Add(x.Since, x.Node.Budget)) || !x.At.Equal(x.Due)) {
			t.Errorf("%s is due %s and done by itself %s", s.node, x.Due, x.At)
		}
		w.Choices = append(w.Choices, simulate.Choice{Act: simulate.ActComplete, Token: p.Waiting[0].Token, Arg: s.outcome, At: at(s.at)})
		p = play(t, sc, w)
		if p.Refused != nil {
			t.Fatalf("step %d: %v", i, p.Refused.Err)
		}
		got := ""
		if due := p.Clock.Due; p.Clock.State != worktime.Paused && !due.IsZero() {
			got = due.Format("2006-01-02 15:04")
		}
		if p.Status != s.status || got != s.due {
			t.Errorf("after %s: status %d due %q, want %d %q", s.node, p.Status, got, s.status, s.due)
		}
	}
	p := play(t, sc, w)
	if !p.State.Done || !p.Late || len(p.General) != 0 || len(p.Events) != len(steps)+1 {
		t.Errorf("done %v, late %v, %v can be done, %d events", p.State.Done, p.Late, p.General, len(p.Events))
	}
	if e := p.Events[9]; !e.Late || e.Used != 180+3*480+30 {
		t.Errorf("numbering was late %v after %d minutes", e.Late, e.Used)
	}
	// A shorter list is the walk as it was before.
	short := w
	short.Choices = w.Choices[:4]
	if d := cmp.Diff(play(t, sc, short).Events, p.Events[:5], cmp.AllowUnexported(bpmn.Node{}, bpmn.Outcome{}), cmp.Comparer(func(a, b *bpmn.Node) bool { return a == b })); d != "" {
		t.Error(d)
	}
}

// timed waits for an answer with a time-out that interrupts, and reminds on the way.
const timed = `<startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="ask"/>
<userTask id="ask" name="Xin ý kiến" lt:action="ask" lt:budget="2d"/><sequenceFlow id="f2" sourceRef="ask" targetRef="e"/>
<boundaryEvent id="remind" attachedToRef="ask" cancelActivity="false"><timerEventDefinition><timeCycle>R2/P1D</timeCycle></timerEventDefinition></boundaryEvent>
<sequenceFlow id="f3" sourceRef="remind" targetRef="nudge"/><endEvent id="nudge"/>
<boundaryEvent id="out" attachedToRef="ask"><timerEventDefinition lt:work="3d"><timeDuration>P3D</timeDuration></timerEventDefinition></boundaryEvent>
<sequenceFlow id="f4" sourceRef="out" targetRef="boss"/><userTask id="boss" name="Báo cáo" lt:action="report"/>
<sequenceFlow id="f5" sourceRef="boss" targetRef="e"/><endEvent id="e"/>`

// TestTimersComeByThemselves lets two reminders and the time-out come before the choice.
func TestTimersComeByThemselves(t *testing.T) {
	sc := scene(t, drawn(timed), 10)
	w := simulate.Walk{Submitted: at("2026-11-26 08:00"), Channel: simulate.ChannelCounter} // a Thursday
	p := play(t, sc, w)
	if p.Received.IsZero() || len(p.Waiting) != 3 {
		t.Fatalf("received %s, %d wait", p.Received, len(p.Waiting))
	}
	ask := p.Waiting[0]
	w.Choices = []simulate.Choice{{Act: simulate.ActComplete, Token: ask.Token, At: at("2026-12-03 09:00")}}
	p = play(t, sc, w)
	var came []string
	for _, e := range p.Events {
		if e.Auto {
			came = append(came, e.Node.ID+" "+e.At.Format("02 15:04"))
		}
	}
	if d := cmp.Diff([]string{"remind 27 08:00", "remind 28 08:00", "out 01 08:00"}, came); d != "" {
		t.Error(d)
	}
	if p.Refused == nil || fault.KindOf(p.Refused.Err) != fault.Conflict {
		t.Errorf("a task that timed out can still be done: %+v", p.Refused)
	}
	if len(p.Waiting) != 1 || p.Waiting[0].Node.ID != "boss" {
		t.Errorf("%+v waits", p.Waiting)
	}
}

// TestMoments reads timers as ISO 8601 and lt:work say them.
func TestMoments(t *testing.T) {
	c := calendar(t)
	armed := at("2026-11-27 16:00") // a Friday
	for _, x := range []struct {
		timer bpmn.Timer
		want  string
	}{
		{bpmn.Timer{Kind: bpmn.TimerDuration, Text: "PT4H", Work: 120}, "2026-11-30 08:30"},
		{bpmn.Timer{Kind: bpmn.TimerDuration, Text: "P1DT2H30M"}, "2026-11-28 18:30"},
		{bpmn.Timer{Kind: bpmn.TimerDuration, Text: "P1M"}, "2026-12-27 16:00"},
		{bpmn.Timer{Kind: bpmn.TimerDuration, Text: "P0.5D"}, "2026-11-28 04:00"},
		{bpmn.Timer{Kind: bpmn.TimerDuration, Text: "P2W"}, "2026-12-11 16:00"},
		{bpmn.Timer{Kind: bpmn.TimerDate, Text: "2026-12-01"}, "2026-12-01 00:00"},
		{bpmn.Timer{Kind: bpmn.TimerDate, Text: "2026-12-01T08:00:00Z"}, "2026-12-01 15:00"},
		{bpmn.Timer{Kind: bpmn.TimerCycle, Text: "R3/PT10M", Round: 2}, "2026-11-27 16:10"},
		{bpmn.Timer{Kind: bpmn.TimerCycle, Text: "R3/2026-12-01T08:00/PT10M", Round: 1}, "2026-12-01 08:00"},
		{bpmn.Timer{Kind: bpmn.TimerCycle, Text: "R3/2026-12-01T08:00/PT10M", Round: 2}, "2026-11-27 16:10"},
		{bpmn.Timer{Kind: bpmn.TimerDuration, Text: "soon"}, ""},
	} {
		got, ok := simulate.Moment(&x.timer, armed, c)
		if s := got.Format("2006-01-02 15:04"); ok != (x.want != "") || ok && s != x.want {
			t.Errorf("%+v comes %s (%v), want %s", x.timer, s, ok, x.want)
		}
	}
}

// TestWalkOfEverything takes any offered choices on any process: none is refused, the walk survives
// being written and read, and dates never go back.
func TestWalkOfEverything(t *testing.T) {
	scenes := []*simulate.Scene{pack(t, "co-nghia-vu-tai-chinh", 5), pack(t, "lien-thong-song-song", 20), scene(t, drawn(timed), 10)}
	rapid.Check(t, func(t *rapid.T) {
		sc := rapid.SampledFrom(scenes).Draw(t, "scene")
		w := simulate.Walk{Submitted: at("2026-11-25 09:00").Add(time.Duration(rapid.IntRange(0, 20000).Draw(t, "submitted")) * time.Minute),
			Channel: rapid.IntRange(1, 2).Draw(t, "channel")}
		for range rapid.IntRange(0, 25).Draw(t, "steps") {
			p, err := sc.Play(w)
			if err != nil {
				t.Fatal(err)
			}
			if p.State.Done {
				break
			}
			c := simulate.Choice{At: p.Now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "later")) * time.Minute)}
			if general := rapid.IntRange(0, 9).Draw(t, "whole") == 0 && len(p.General) > 0; general {
				c.Act, c.Arg = rapid.SampledFrom(p.General).Draw(t, "act").Act, "3"
			} else {
				x := rapid.SampledFrom(p.Waiting).Draw(t, "what")
				if len(x.Options) == 0 {
					continue
				}
				o := rapid.SampledFrom(x.Options).Draw(t, "option")
				c.Act, c.Token, c.Arg = o.Act, x.Token, o.Arg
				c.At = x.At // at its own time nothing it waits for has gone
			}
			w.Choices = append(w.Choices, c)
		}
		p, err := sc.Play(w)
		if err != nil {
			t.Fatal(err)
		}
		if p.Refused != nil && fault.KindOf(p.Refused.Err) != fault.Conflict && fault.KindOf(p.Refused.Err) != fault.Invalid {
			t.Fatalf("refused: %v", p.Refused.Err)
		}
		for i := 1; i < len(p.Events); i++ {
			if p.Events[i].At.Before(p.Events[i-1].At) {
				t.Fatalf("event %d is before the one before", i)
			}
		}
		read, err := simulate.ParseWalk(w.String())
		if err != nil {
			t.Fatal(err)
		}
		again, err := sc.Play(read)
		if err != nil || len(again.Events) != len(p.Events) || again.Status != p.Status || !again.Clock.Due.Equal(p.Clock.Due) {
			t.Fatalf("read back it goes another way: %v", err)
		}
	})
}

// TestRefusals says what is wrong with a choice and keeps what came before it.
func TestRefusals(t *testing.T) {
	sc := pack(t, "co-nghia-vu-tai-chinh", 5)
	start := simulate.Walk{Submitted: at("2026-11-25 09:00"), Channel: simulate.ChannelOnline}
	token := play(t, sc, start).Waiting[0].Token
	later := at("2026-11-25 10:00")
	for _, x := range []struct {
		choice simulate.Choice
		key    string
	}{
		{simulate.Choice{Act: simulate.ActComplete, Token: token, Arg: "accept", At: at("2026-11-25 08:59")}, "simulate.backwards"},
		{simulate.Choice{Act: simulate.ActComplete, Token: token, Arg: "accept", At: at("2056-11-25 08:59")}, "simulate.far"},
		{simulate.Choice{Act: simulate.ActComplete, Token: token, Arg: "maybe", At: later}, "simulate.act"},
		{simulate.Choice{Act: simulate.ActComplete, Token: token + 1, Arg: "accept", At: later}, "simulate.gone"},
		{simulate.Choice{Act: simulate.ActTimer, Token: token, At: later}, "simulate.act"},
		{simulate.Choice{Act: simulate.ActExtend, Arg: "2", At: later}, "simulate.act"},
		{simulate.Choice{Act: simulate.ActComplete, Token: token, Arg: "accept", Data: "a b", At: later}, "simulate.data.line"},
	} {
		w := start
		w.Choices = []simulate.Choice{x.choice}
		p := play(t, sc, w)
		if p.Refused == nil || p.Refused.Index != 0 || !errors.As(p.Refused.Err, new(*fault.Error)) || fault.As(p.Refused.Err).Key != x.key {
			t.Errorf("%+v: %+v, want %s", x.choice, p.Refused, x.key)
		}
		if len(p.Events) != 1 || len(p.Waiting) != 1 || p.Status != simulate.StatusNew {
			t.Errorf("%+v changed something: %+v", x.choice, p)
		}
	}
	for _, bad := range []simulate.Walk{{Submitted: at("1900-01-01 08:00"), Channel: 1}, {Submitted: later, Channel: 0},
		{Submitted: later, Channel: 1, Choices: make([]simulate.Choice, simulate.MaxChoices+1)}} {
		if _, err := sc.Play(bad); fault.As(err) == nil {
			t.Errorf("%v channel %d: %v", bad.Submitted, bad.Channel, err)
		}
	}
}

// TestData reads variables as people write them.
func TestData(t *testing.T) {
	got, err := simulate.ParseData("phi = 8000; gap=true\nloai = cấp mới;= 5; ten = \"A\"; bo =")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"phi": 8000.0, "gap": true, "loai": "cấp mới", "": 5.0, "ten": "A", "bo": nil}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, bad := range []string{"a", "a b = 1", `vars."x" = 1`, "\xff = 1"} {
		if _, err := simulate.ParseData(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// FuzzParseWalk reads anything without falling, and writes what it read as it was.
func FuzzParseWalk(f *testing.F) {
	sc := pack(f, "co-nghia-vu-tai-chinh", 5)
	w := simulate.Walk{Submitted: at("2026-11-25 09:00"), Channel: 2, Data: "a = 1", Choices: []simulate.Choice{
		{Act: simulate.ActComplete, Token: 1, Arg: "accept", At: at("2026-11-25 10:00")}, {Act: simulate.ActWithdraw, At: at("2026-11-26 10:00")}}}
	f.Add(w.String())
	f.Add("1.1.lq3k2.")
	f.Add("1.2.ho1d4..c.1.accept..ho1fa.x.0.~33..ho1fa")
	f.Fuzz(func(t *testing.T, s string) {
		w, err := simulate.ParseWalk(s)
		if err != nil {
			return
		}
		if again := w.String(); again != s {
			t.Fatalf("%q is written as %q", s, again)
		}
		p, err := sc.Play(w)
		if err == nil && p.Refused == nil && len(p.Events) <= len(w.Choices) {
			t.Fatalf("%d choices gave %d events", len(w.Choices), len(p.Events))
		}
	})
}
