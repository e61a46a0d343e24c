package extract

// Stance says whether a sentence speaks well of what it is about (1) or ill (-1), by words that do so; 0 where it does
// neither, both, or denies something bad, which may be either. "Not good" speaks ill. It is a coarse judgement: it takes
// several people on both sides before anything is made of it.
func (l *Lexicon) Stance(sentence string) int {
	padded := padded(l.bound(Words(sentence)))
	well, ill, denied := l.has(kindFor, padded), l.has(kindAgainst, padded), l.has(kindNegation, padded)
	switch {
	case well && !ill && !denied:
		return 1
	case ill && !well && !denied, well && !ill:
		return -1
	}
	return 0
}
