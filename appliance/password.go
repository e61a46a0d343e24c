package appliance

import (
	_ "embed"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of passwords, in characters. There are no rules about which characters (ASVS 6.2.5).
const (
	MinPassword = 8
	MaxPassword = 256
)

// guessedPieces is up to how many pieces a password is among the first that are tried (see pieces).
const guessedPieces = 3

// CheckPassword notes in p why the new password of an account is not taken: too short, too long, or one of those that
// are tried first (ASVS 6.2.4): common words, the account's own name or e-mail address, rows of keys, dates and
// repetitions, with digits and signs around them. A list of stolen passwords would be longer and know less.
func CheckPassword(p *Problems, field, password string, of Account) {
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		p.Add(field, "This is not valid text (UTF-8). Please type it again.")
	case n < MinPassword:
		p.Add(field, "A password needs at least %d characters; this has %d.", MinPassword, n)
	case n > MaxPassword:
		p.Add(field, "A password has at most %d characters; this has %d.", MaxPassword, n)
	case pieces(password, of) <= guessedPieces:
		p.Add(field, "This password is among the first that are tried: it is little more than common words, a name, "+
			"a date, a row of keys or a repetition. Please take another; four words that do not belong together are good.")
	}
}

//go:embed password_words.txt
var passwordWords string

// keyRows are characters that follow each other on keyboards, in the alphabet, or in the zigzags that people make of
// them. They are read in both directions.
var keyRows = [...]string{
	"abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщъыьэюя", "01234567890", "00112233445566778899",
	"qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "qwertzuiopü+", "asdfghjklöä#", "yxcvbnm,.-",
	"azertyuiop", "qsdfghjklm", "wxcvbn", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю", "!@#$%^&*()_+", "!\"§$%&/()=?",
	"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.", "qazwsxedcrfvtgbyhnujmikolp", "qweasdzxc", "qwaszx", "1qay2wsx3edc",
	"zaq1xsw2cde3vfr4", "1q2w3e4r5t6y7u8i9o0p", "1q2w3e4r5t6z7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "q1w2e3r4t5z6u7i8o9p0",
	"a1b2c3d4e5f6g7h8i9", "1a2b3c4d5e6f7g8h9i", "a1s2d3f4g5h6j7k8l9", "z1x2c3v4b5n6m7", "aabbccddeeffgg",
	"147258369", "741852963", "789456123", "159357", "159753", "123321", "123654", "321654987",
}

// pieces counts what a password is made of when it is read in the way that needs the fewest pieces. One piece is a
// common word, also with digits and signs for letters ("p@ssw0rd"), a part of the account's own name or address, three
// or more characters of keyRows, a repetition of one character, a date, a year, or one or two characters that are no
// letters; two pieces are three or four digits; everything else is a piece for each character. A password that repeats
// itself counts once, and one piece more.
func pieces(password string, of Account) int {
	text := []rune(strings.ToLower(password))
	once := text[:period(text)]
	words := knownWords(of)
	fewest := make([]int, len(once)+1) // of the characters before each place
	for i := range fewest {
		fewest[i] = i
	}
	for at := range once {
		reach := func(length, cost int) {
			fewest[at+length] = min(fewest[at+length], fewest[at]+cost)
		}
		rest := once[at:]
		reach(1, 1)
		for n := 3; n <= longestRun(rest); n++ {
			reach(n, 1)
		}
		for _, w := range words {
			if n := wordLength(rest, w); n > 0 {
				reach(n, 1)
			}
		}
		for n := 2; n <= min(4, len(rest)); n++ {
			switch digits, letters := count(rest[:n]); {
			case n == 2 && letters == 0, n == 4 && isYear(rest):
				reach(n, 1)
			case n > 2 && digits == n:
				reach(n, 2)
			}
		}
		if n := dateLength(rest); n > 0 {
			reach(n, 1)
		}
	}
	if len(once) < len(text) {
		return fewest[len(once)] + 1
	}
	return fewest[len(once)]
}

// knownWords gives the common words and those of the account itself.
func knownWords(of Account) []string {
	own := strings.FieldsFunc(strings.ToLower(of.Email+" "+of.Name), func(r rune) bool { return !unicode.IsLetter(r) })
	name, _, _ := strings.Cut(EmailKey(of.Email), "@")
	own = append(own, name, strings.ToLower(strings.ReplaceAll(of.Name, " ", "")))
	var words []string
	for _, w := range own {
		if utf8.RuneCountInString(w) >= 3 {
			words = append(words, w)
		}
	}
	for line := range strings.Lines(passwordWords) {
		if w := strings.TrimSpace(line); !strings.HasPrefix(w, "#") {
			words = append(words, w)
		}
	}
	return words
}

// period gives the length of the shortest beginning that text is a repetition of.
func period(text []rune) int {
	for n := 1; n <= len(text)/2; n++ {
		same := len(text)%n == 0
		for i := n; same && i < len(text); i++ {
			same = text[i] == text[i-n]
		}
		if same {
			return n
		}
	}
	return len(text)
}

// longestRun gives how many characters at the beginning of text are the same, or follow each other in a row of
// keyRows.
func longestRun(text []rune) int {
	longest := 1
	for longest < len(text) && text[longest] == text[0] {
		longest++
	}
	for _, row := range keyRows {
		keys := []rune(row)
		for start := range keys {
			for _, step := range []int{1, -1} {
				n := 0
				for k := start; n < len(text) && k >= 0 && k < len(keys) && text[n] == keys[k]; k += step {
					n++
				}
				longest = max(longest, n)
			}
		}
	}
	return longest
}

// lookalikes are the characters that people write for a letter.
var lookalikes = map[rune]string{'0': "o", '1': "il", '!': "il", '3': "e", '4': "a", '@': "a", '5': "s", '$': "s",
	'7': "t", '+': "t", '8': "b", '9': "g"}

// wordLength gives how many characters at the beginning of text are the word, 0 when they are not.
func wordLength(text []rune, word string) int {
	n := 0
	for _, w := range word {
		if n == len(text) || text[n] != w && !strings.ContainsRune(lookalikes[text[n]], w) {
			return 0
		}
		n++
	}
	return n
}

func count(text []rune) (digits, letters int) {
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case unicode.IsLetter(r):
			letters++
		}
	}
	return digits, letters
}

// isYear says whether text begins with a year of the last or this century.
func isYear(text []rune) bool {
	begin := string(text[:4])
	digits, _ := count(text[:4])
	return digits == 4 && (strings.HasPrefix(begin, "19") || strings.HasPrefix(begin, "20"))
}

// dateLength gives how many characters at the beginning of text are a date in one of the usual orders, 0 when there is
// none.
func dateLength(text []rune) int {
	for _, layout := range []string{"20060102", "02012006", "01022006", "02.01.2006", "02-01-2006", "02/01/2006",
		"01/02/2006", "2006-01-02"} {
		if len(text) < len(layout) {
			continue
		}
		d, err := time.Parse(layout, string(text[:len(layout)]))
		if err == nil && d.Year() >= 1900 && d.Year() < 2100 {
			return len(layout)
		}
	}
	return 0
}
