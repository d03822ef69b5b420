package simulate

// actNames returns the acts with the names programs know them by.
func actNames() map[Act]string {
	return map[Act]string{ActComplete: "complete", ActTimer: "timer", ActMessage: "message", ActAnswer: "answer", ActError: "error", ActFail: "fail",
		ActRetry: "retry", ActData: "data", ActExtend: "extend", ActHold: "hold", ActResume: "resume", ActWithdraw: "withdraw"}
}

// Name returns the act's name for programs, such as "complete"; "" for an unknown act.
func (a Act) Name() string { return actNames()[a] }

// ActNamed returns the act with the name, "" for an unknown one.
func ActNamed(name string) Act {
	for a, n := range actNames() {
		if n == name {
			return a
		}
	}
	return ""
}
