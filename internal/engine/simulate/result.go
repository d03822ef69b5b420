package simulate

import (
	"slices"
	"time"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/civil"
)

// Result is what became of many dossiers in a year. Dossiers = Out + Open + Blocked.
type Result struct {
	Plan     Plan
	End      civil.Date // the day after the last one of the year
	Dossiers int        // that came in
	Out      int        // whose process ended
	Open     int        // still in it when the year was over: Queued + Worked + Outside
	Queued   int        // of these, waiting for somebody to be free
	Worked   int        // being worked on
	Outside  int        // with the applicant or elsewhere
	Blocked  int        // that the process could not lead on
	OnTime   int        // decided (status 9) by the due date
	Late     int        // decided after it
	OpenLate int        // not decided and past the due date when the year was over
	Refused  int        // refused, not taken or stopped
	// Turnaround is the office time from receipt to decision of those decided, in office minutes.
	Turnaround Spread
	Tasks      []TaskResult
	Lanes      []LaneResult
	Troubles   []Trouble
	// Worst is the index of the task where most waiting piles up, -1 where a wait is under an hour in
	// the mean everywhere.
	Worst int
}

// Spread describes many durations, in office minutes.
type Spread struct {
	N            int
	Mean         float64
	Median, P90  int // half, and nine of ten, are no longer
	Longest      int
	measurements []int32
}

func (s *Spread) add(minutes int) { s.measurements = append(s.measurements, int32(minutes)) }

// close computes the figures from what was added.
func (s *Spread) close() {
	s.N = len(s.measurements)
	if s.N == 0 {
		return
	}
	slices.Sort(s.measurements)
	sum := 0
	for _, m := range s.measurements {
		sum += int(m)
	}
	s.Mean = float64(sum) / float64(s.N)
	s.Median, s.P90 = int(s.measurements[(s.N-1)/2]), int(s.measurements[(s.N*9+9)/10-1])
	s.Longest = int(s.measurements[s.N-1])
	s.measurements = nil
}

// TaskResult is what happened at one task of an office.
type TaskResult struct {
	Node    *bpmn.Node
	Lane    string // its id, as in LaneResult
	Opened  int    // how often it came up
	Done    int
	Late    int    // done after the end of its budget, or still open then
	Wait    Spread // in the queue, of those that were begun
	Busy    Spread // at work, of those done
	Queued  int    // waiting when the year was over
	Share   int    // of all waiting in the process, in hundredths of a per cent
	waiting int    // office minutes in all, of those still waiting too
}

// LaneResult is how busy the people of one lane were.
type LaneResult struct {
	Lane      *bpmn.Lane // nil for tasks in no lane
	ID        string
	Staff     int
	Busy      int       // office minutes worked in all
	Capacity  int       // office minutes there were, of all its people
	Longest   int       // most dossiers waiting at once
	LongestAt time.Time // when first
	Mean      float64   // dossiers waiting, in the mean over office time
	Weeks     []int     // most waiting at once in each week from Plan.From
}

// Use returns the share of its people's office time that was work, in hundredths of a per cent.
func (l *LaneResult) Use() int {
	if l.Capacity == 0 {
		return 0
	}
	return int(float64(l.Busy)*10000/float64(l.Capacity) + 0.5)
}

// Decided returns the dossiers measured against the due date: those decided, and those open and past it.
func (r *Result) Decided() int { return r.OnTime + r.Late + r.OpenLate }

// LateShare returns the share of Decided that missed its due date, in hundredths of a per cent; ok is
// false when none was.
func (r *Result) LateShare() (share int, ok bool) { return part(r.Late+r.OpenLate, r.Decided()) }

// LateShare returns the share of times the task came up and missed its budget, in hundredths of a per
// cent; ok is false where it has no budget or never came up.
func (t *TaskResult) LateShare() (share int, ok bool) {
	if t.Node.Budget == 0 {
		return 0, false
	}
	return part(t.Late, t.Opened)
}

func part(n, all int) (int, bool) {
	if all <= 0 {
		return 0, false
	}
	return (n*20000 + all) / (2 * all), true
}
