import type { Page } from 'playwright-core';
import type { Catalogue, Message } from '../shared/i18n/message.ts';

/** Words that stand in nearly every English sentence and in no German one. */
const everywhere = /\b(the|and|of|with|your|you|this|that|what|have|from|for|is|are|been|everything|nothing)\b/i;

/** So many letters of a text make it unlikely that it stands in another text by chance. */
const telling = 12;

/**
 * What shows that a text is English: every message of the English catalogue that reads otherwise in the other one.
 * A short one has to be the whole of a text; a long one may be a part of it.
 */
export function foreign(english: Catalogue, other: Catalogue): RegExp[] {
  const own = new Set(Object.values(other).flatMap(forms));
  const strange = new Set(Object.values(english).flatMap(forms).filter((text) => !own.has(text) && /[a-z]{2}/i.test(text.replace(/\{\w+\}/g, ''))));
  return [...strange].map((text) => {
    const pattern = text.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, ' ')).join('.+?');
    const letters = text.replace(/\{\w+\}|[^a-z]/gi, '').length;
    return new RegExp(letters < telling ? `^${pattern}$` : pattern);
  });
}

function forms(message: Message): string[] {
  return typeof message === 'string' ? [message] : Object.values(message);
}

/**
 * The texts of a page, said or shown, that are in English where another language should stand, and what declares
 * another language. Parts in a language of their own, such as the names of languages, are left out.
 */
export async function leftIn(page: Page, language: string, english: RegExp[]): Promise<string[]> {
  const { declared, texts } = await page.evaluate(() => {
    const texts: string[] = [document.title];
    const own = (element: Element) => element.closest('[lang]') === document.documentElement;
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    while (walk.nextNode()) {
      const node = walk.currentNode;
      if (node instanceof Element) {
        if (!own(node) || !node.checkVisibility()) continue;
        for (const name of ['aria-label', 'aria-roledescription', 'aria-valuetext', 'title', 'placeholder', 'alt']) texts.push(node.getAttribute(name) ?? '');
      } else if (node.parentElement && own(node.parentElement) && node.parentElement.checkVisibility({ visibilityProperty: true })) {
        texts.push(node.textContent ?? '');
      }
    }
    return { declared: document.documentElement.lang, texts };
  });
  const found = declared === language ? [] : [`the page says that it is in ${declared}`];
  for (const text of new Set(texts.map((text) => text.replace(/\s+/g, ' ').trim()))) {
    if (everywhere.test(text) || english.some((pattern) => pattern.test(text))) found.push(text);
  }
  return found;
}
