// Package obs shows operators what a running program does: its log, its figures for Prometheus,
// profiles, and which version it is. Logger and registry are made here and passed on; nothing is
// registered globally. The operators' address is not for the public: see config.OpsListen.
package obs
