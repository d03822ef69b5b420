package dossier_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"lienthong/internal/kit/db"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
)

// A program that is killed while it calls makes the call again, with the same key.
func TestCallIsMadeAgainAfterAKill(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		killed, kill := context.WithCancel(context.Background())
		y := &treasury{reply: func(dossier.Call) (dossier.Reply, error) {
			kill()
			return dossier.Reply{Result: 1.0}, nil
		}}
		p := castWith(t, d, y, nil, asks())
		dos := p.filed(t)
		if _, err := p.w.Dossiers.CarryOut(killed); err == nil {
			t.Fatal("it was killed and says nothing of it")
		}
		p.at(t, dos.ID, "ask:service")
		y.reply = func(dossier.Call) (dossier.Reply, error) { return dossier.Reply{Result: 2.0}, nil }
		if p.pass(t) != 0 {
			t.Error("the call was made again at once, when another replica may be at it")
		}
		p.w.Later(2 * time.Minute)
		p.pass(t)
		if len(y.calls) != 2 || y.calls[0].Key != y.calls[1].Key {
			t.Errorf("called %+v", y.calls)
		}
		if dos = p.at(t, dos.ID, "approve:task"); dos.Process.Vars["tax"] != 2.0 {
			t.Errorf("variables %v", dos.Process.Vars)
		}
		noTrouble(t, p.w)
	})
}

// Two clockworks over one database: what is due happens without being asked for, once, and whoever stops
// gives the lease to the other.
func TestClockworksShareTheWorkConcurrently(t *testing.T) {
	d := testkit.Postgres(t)
	p := cast(t, d, patient())
	dos := p.filed(t)
	var stop []context.CancelFunc
	var ended []chan error
	for i := range 2 {
		s := *p.w.Dossiers
		s.Wake = make(chan struct{}, 1)
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() {
			done <- (&dossier.Clockwork{Service: &s, Holder: fmt.Sprint("replica ", i), Log: testkit.Log(t)}).Run(ctx)
		}()
		stop, ended = append(stop, cancel), append(ended, done)
	}
	until := func(want string) {
		t.Helper()
		for range 150 {
			if rests(p.now(t, dos.ID)) == want {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Fatalf("it rests at %s, want %s", rests(p.now(t, dos.ID)), want)
	}
	p.w.Clock.Set("2026-11-26 08:00") // both rounds of the reminder are past: one is made up for
	until("approve:task")
	for i := range stop {
		stop[i]()
		must(t, <-ended[i])
	}
	p.at(t, dos.ID, "approve:task")
	var held int
	must(t, d.Read(p.system).QueryRow(`SELECT count(*) FROM kit_lease WHERE name = 'dossier-clockwork'`).Scan(&held))
	if held != 0 {
		t.Error("the lease was not given up")
	}
	noTrouble(t, p.w)
}

// A failure nobody expected puts one dossier off, and holds up no other.
func TestTroubleHoldsUpNobody(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		p := cast(t, d, patient())
		bad, good := p.filed(t), p.filed(t)
		must(t, d.Write(p.system, func(tx *db.Tx) error { // what is stored of this one cannot be read
			_, err := tx.Exec(`UPDATE dossier_dossier SET term = '[1]' WHERE id = $1`, bad.ID)
			return err
		}))
		p.w.Later(4 * time.Hour)
		quiet := *p.w.Dossiers
		quiet.Log = slog.New(slog.DiscardHandler)
		if n, err := quiet.CarryOut(p.system); err != nil || n != 1 {
			t.Fatalf("%d things happened: %v", n, err)
		}
		p.at(t, good.ID, "examine:task late:timer remind:timer")
		if n, err := quiet.CarryOut(p.system); err != nil || n != 0 {
			t.Errorf("%d things happened again: %v", n, err)
		}
		var due int64
		must(t, d.Read(p.system).QueryRow(`SELECT min(due_at) FROM dossier_wait WHERE dossier_id = $1`, bad.ID).Scan(&due))
		if !db.Time(due).After(p.w.Clock.Now()) {
			t.Error("it is due at once again")
		}
	})
}
