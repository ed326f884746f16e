// What is said whatever language tag a page or an address names: a tag that is none is no reason to say nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { source } from "./bundle.mjs";

const { spoken, words, pageTexts, moment } = await source("texts/testing.ts");

const NONE = ["en_US", "de_DE", "x", "*", "not a language", "-", "é", "en-", "de--x"];

test("an error is said in every language, and in none", () => {
  for (const tag of ["en", "de-AT", "ar", "", ...NONE]) {
    const texts = spoken(tag);
    const said = words({ failure: "wrong-pin", left: 3, retryAfter: 30 }, texts, tag);
    assert.ok(said.startsWith(texts.wrongPin), tag);
    assert.ok(said.length > texts.wrongPin.length, tag);
    assert.ok(moment(1_800_000_000, tag).includes("27"), tag);
  }
});

test("German is spoken for tags of German and no other", () => {
  for (const [tag, lang] of [
    ["de", "de"],
    ["de-AT", "de"],
    ["de_DE", "de"],
    ["DE", "de"],
    ["den", "en"],
    ["en-DE", "en"],
    ["", "en"],
  ]) {
    assert.equal(spoken(tag).lang, lang, tag);
    assert.equal(pageTexts(tag).lang, lang, tag);
  }
});
