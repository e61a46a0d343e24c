package capacity

// LateShare is the share of those who wait longer than slack for one of c slots.
func LateShare(n, c int, hold, think, slack float64) float64 {
	return lateShare(n, c, hold, think, slack)
}
