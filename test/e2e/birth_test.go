package e2e

import "testing"

func (p *province) birthOnline(t *testing.T, b *browser)    {}
func (p *province) birthAtCounter(t *testing.T, b *browser) {}
