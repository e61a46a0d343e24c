package companion

import (
	"context"
	"log/slog"
	"math"
	"strings"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/store"
)

const (
	// embeddedWords is how many words the passages have at least that are turned into vectors: enough to be about something,
	// few enough for every embedder (512 tokens).
	embeddedWords = 120
	// embeddedAtOnce is how many passages one request holds.
	embeddedAtOnce = 32
	// questionWait is how long a question waits for its vector; words alone find its passages then.
	questionWait = 3 * time.Second

	// meaningWeight is what nearness of meaning counts against the passages by words, as nearWeight does for BM25. It was
	// chosen by judgement: no embedder was at hand to measure it with.
	meaningWeight = 0.3
	// standsOut is how many standard deviations above the mean a passage has to be to answer a question of whose words none is
	// there.
	standsOut = 1.0
)

// meaning has the embedder read a question. Without one, or when it does not answer in time, words alone have to do.
func (c *Companion) meaning(ctx context.Context, text string) store.Meaning {
	if c.models == nil {
		return store.Meaning{}
	}
	if _, err := c.models.Embedder(); err != nil {
		return store.Meaning{}
	}
	ctx, cancel := context.WithTimeout(ctx, questionWait)
	defer cancel()
	vectors, by, err := c.models.Embed(ctx, inference.Work{Lane: inference.Host, Owner: "question"}, []string{text})
	if err != nil {
		if c.log != nil {
			c.log.Warn("a question was not turned into a vector; passages were found by its words", slog.Any("error", err))
		}
		return store.Meaning{}
	}
	return store.Meaning{Model: by.Digest, Numbers: vectors[0]}
}

// SweepUnembedded puts the sessions on the queue that hold conversations without vectors of the embedder that there is now.
func (c *Companion) SweepUnembedded(ctx context.Context) error {
	if c.models == nil {
		return nil
	}
	by, err := c.models.Embedder()
	if err != nil {
		return nil // no embedder: words alone find passages
	}
	list, err := c.store.Unembedded(ctx, by.Digest)
	if err != nil {
		return err
	}
	for _, session := range list {
		if _, err := c.store.Enqueue(ctx, appliance.JobEmbed, session, ""); err != nil && appliance.CodeOf(err) != appliance.CodeNotFound {
			return err
		}
	}
	return nil
}

// Embed has the conversations of the job's session turned into vectors that have none of the embedder that there is now. Each is
// kept as soon as it is done. Where the embedder goes away, the sweep begins again when it is back.
func (c *Companion) Embed(ctx context.Context, job appliance.Job, progress func(done, total int)) error {
	by, err := c.models.Embedder()
	if err != nil {
		return nil
	}
	list, err := c.store.UnembeddedIn(ctx, job.SessionID, by.Digest)
	if err != nil {
		return err
	}
	for i, id := range list {
		progress(i, len(list))
		err := c.embed(ctx, id)
		if inference.KindOf(err) != "" && ctx.Err() == nil {
			return nil
		}
		if err != nil && appliance.CodeOf(err) != appliance.CodeNotFound {
			return err
		}
	}
	return nil
}

func (c *Companion) embed(ctx context.Context, id appliance.ConversationID) error {
	read, err := c.store.Conversation(ctx, id)
	if err != nil {
		return err
	}
	turns, err := c.store.TurnsFor(ctx, store.ForResults, id)
	if err != nil {
		return err
	}
	list, texts := windows(turns)
	model := ""
	if len(list) == 0 {
		by, err := c.models.Embedder()
		if err != nil {
			return err
		}
		model = by.Digest
	}
	for from := 0; from < len(texts); from += embeddedAtOnce {
		to := min(len(texts), from+embeddedAtOnce)
		vectors, by, err := c.models.Embed(ctx, inference.Work{Lane: inference.Background, Owner: string(id)}, texts[from:to])
		if err != nil {
			return err
		}
		model = by.Digest
		for i, v := range vectors {
			list[from+i].Numbers = v
		}
	}
	return c.store.SaveVectors(ctx, read, model, list)
}

// windows cuts a conversation into passages of whole turns.
func windows(turns []appliance.Turn) (list []store.Vector, texts []string) {
	var text []string
	words := 0
	for i, t := range turns {
		if words == 0 {
			list = append(list, store.Vector{First: t.Seq})
		}
		list[len(list)-1].Last = t.Seq
		text = append(text, t.Content)
		if words += max(1, CountWords(t.Content)); words >= embeddedWords || i == len(turns)-1 {
			texts = append(texts, strings.TrimSpace(strings.Join(text, "\n")))
			text, words = nil, 0
		}
	}
	return list, texts
}

// meanings gives for each turn its share of what is near the question in meaning, in all 1 for each word; nil where nothing has
// vectors. stands says whether something is clearly nearer than the rest.
func (c *corpus) meanings() (shares []float64, stands bool) {
	near := make([]float64, len(c.turns))
	known := make([]bool, len(c.turns))
	n, sum, squares := 0.0, 0.0, 0.0
	for i, m := range c.material {
		for _, v := range m.Near {
			n, sum, squares = n+1, sum+v.Cosine, squares+v.Cosine*v.Cosine
			for k := c.begins[i]; k < c.begins[i+1]; k++ {
				if seq := c.turns[k].Seq; seq >= v.First && seq <= v.Last {
					near[k], known[k] = v.Cosine, true
				}
			}
		}
	}
	if n == 0 {
		return nil, false
	}
	mean := sum / n
	deviation := math.Sqrt(max(squares/n-mean*mean, 1e-6))
	all := 0.0
	for k := range near {
		if known[k] {
			above := (near[k] - mean) / deviation
			stands = stands || above >= standsOut
			near[k] = math.Exp(2 * above)
			all += near[k] * c.words[k]
		}
	}
	for k := range near {
		near[k] /= all
	}
	return near, stands
}
