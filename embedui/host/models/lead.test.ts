import { describe, expect, test } from 'vitest';
import type { Models } from '../types';
import { leadFrom, leadOf } from './lead';

const box = (change: Partial<Models>): Models => ({
  usable: true,
  why: '',
  since: '2026-11-22T12:03:00Z',
  sealed_by_us: false,
  version: '0.17.4',
  installed: [],
  refused: 0,
  whisper: 'off',
  work: [{ role: 'facilitator', chosen: '', model: 'gemma3:4b', why: '', advised: '', advised_by: 'none_installed' }],
  folder: '',
  memory: 0,
  removable: false,
  import: null,
  slots: 1,
  running: 0,
  waiting_in_conversations: 0,
  waiting_for_hosts: 0,
  waiting_in_background: 0,
  yours: null,
  ...change,
});

describe('Who leads', () => {
  test('a model that can be asked', () => {
    expect(leadOf(box({}))).toEqual({ model: 'gemma3:4b', why: '', since: '2026-11-22T12:03:00Z' });
  });

  test('rules while Ollama does not answer, though a model is chosen', () => {
    expect(leadOf(box({ usable: false, why: 'absent', work: [{ role: 'facilitator', chosen: 'gemma3:4b', model: '', why: 'absent', advised: '', advised_by: 'none_installed' }] }))).toMatchObject({
      model: '',
      why: 'absent',
    });
  });

  test('rules where the chosen model is not there', () => {
    expect(leadOf(box({ work: [{ role: 'facilitator', chosen: 'gone:1b', model: '', why: 'no_model', advised: '', advised_by: 'none_installed' }] }))).toMatchObject({ model: '', why: 'no_model' });
  });

  test('whoever an event names', () => {
    expect(leadFrom({ type: 'facilitator.changed', made_by: 'rules', guided: true, why: 'stalled', since: 'now' })).toEqual({ model: '', why: 'stalled', since: 'now' });
    expect(leadFrom({ type: 'facilitator.changed', made_by: 'gemma3:4b', guided: false, why: '', since: 'now' })).toEqual({ model: 'gemma3:4b', why: '', since: 'now' });
  });
});
