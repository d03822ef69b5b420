package e2e

import (
	"strings"
)

// newestHead returns the size of the newest signed head of the ledger.
func (c *client) newestHead() string {
	c.t.Helper()
	a := c.send("GET", "/so-nhat-ky/moc/moi-nhat", "", nil)
	lines := strings.Split(string(a.body), "\n")
	if a.status != 200 || len(lines) < 3 {
		c.t.Fatalf("the newest head: %d %s", a.status, a.body)
	}
	return lines[1]
}
