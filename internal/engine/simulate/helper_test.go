package simulate_test

import (
	"os"
	"testing"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/simulate"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
)

// calendar is the national one with the default week.
func calendar(t testing.TB) *worktime.Calendar {
	t.Helper()
	c, err := worktime.New(worktime.Config{Name: "test", Week: worktime.DefaultWeek(), Holidays: worktime.NationalHolidays()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// pack is a process of the province, with a limit of working days; 0 for none.
func pack(t testing.TB, key string, days int) *simulate.Scene {
	t.Helper()
	src, err := os.ReadFile("../../../packs/bac-kan/processes/" + key + ".bpmn")
	if err != nil {
		t.Fatal(err)
	}
	return scene(t, string(src), days)
}

func scene(t testing.TB, src string, days int) *simulate.Scene {
	t.Helper()
	d, err := bpmn.Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return &simulate.Scene{Process: d, Calendar: calendar(t), Term: worktime.Term{N: days, Unit: worktime.WorkingDay}, Rules: worktime.DefaultRules()}
}

// at reads a time of Vietnam.
func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, civil.Zone())
	if err != nil {
		panic(err)
	}
	return t
}

// drawn wraps nodes and flows into a file with one lane of specialists and one of the applicant.
func drawn(inside string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:lt="https://lienthong.vn/ns/bpmn/1" targetNamespace="t" id="d">
<process id="p" name="Thử" isExecutable="true">` + inside + `</process></definitions>`
}
