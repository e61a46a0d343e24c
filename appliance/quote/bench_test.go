package quote_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"harmonium/appliance/quote"
)

// BenchmarkLocate looks for a quotation of 300 characters in a turn of 10,000, once for each way of finding it.
func BenchmarkLocate(b *testing.B) {
	for _, script := range []struct{ name, words string }{
		{"latin", "the lift in our house has been broken since last winter and nobody answers when we call about it"},
		{"german", "für die Größe der Straße wäre es schön wenn die Häuser später gebaut würden"},
		{"cyrillic", "лифт в нашем доме сломан с прошлой зимы и никто не отвечает когда мы звоним"},
		{"chinese", "我们 的 电梯 从 去年 冬天 开始 就 坏了 没有 人 接 电话"},
	} {
		r := rand.New(rand.NewPCG(5, 6))
		vocabulary := strings.Fields(script.words)
		var text []rune
		for len(text) < 10_000 {
			text = append(text, []rune(vocabulary[r.IntN(len(vocabulary))]+" ")...)
		}
		text = text[:10_000]
		at := 9_000
		for text[at-1] != ' ' {
			at++
		}
		end := at + 300
		for text[end] != ' ' {
			end++
		}
		said := string(text[at:end])
		wrong := []rune(said)
		for i := 20; i < len(wrong); i += 20 {
			wrong[i] = 'q'
		}
		for _, c := range []struct{ name, quotation string }{
			{"exact", said},
			{"normalised", "“" + strings.ReplaceAll(strings.ToUpper(said), " ", "\u00a0") + "”"},
			{"snapped", string(wrong)},
			{"refused", strings.Repeat("zebra crossing ", 20)},
		} {
			b.Run(script.name+"/"+c.name, func(b *testing.B) {
				sources := []quote.Source{{Text: string(text)}}
				b.ReportAllocs()
				for b.Loop() {
					span, ok := quote.Locate(c.quotation, sources)
					if ok == (c.name == "refused") || ok && string(span.Method) != c.name {
						b.Fatalf("%+v %v", span, ok)
					}
				}
			})
		}
	}
}

// BenchmarkLocateHardest is text made to be slow: every place nearly fits, and every letter bears accents.
func BenchmarkLocateHardest(b *testing.B) {
	for _, c := range []struct{ name, quotation, text string }{
		{"periodic", strings.Repeat("a", 300), strings.Repeat("a", 10_000)},
		{"accents", strings.Repeat("a\u0323\u0301", 100) + "x", strings.Repeat("a\u0301\u00ad\u0323", 2_500)},
		{"long quotation", strings.Repeat("ab cd", 400), strings.Repeat("ab dc", 2_000)},
	} {
		b.Run(c.name, func(b *testing.B) {
			sources := []quote.Source{{Text: c.text}}
			for b.Loop() {
				quote.Locate(c.quotation, sources)
			}
		})
	}
}
