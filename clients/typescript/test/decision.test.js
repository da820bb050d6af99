import { deepEqual, equal, ok as holds } from 'node:assert/strict';
import { test } from 'node:test';
import { cut, halfway, ok, problem, rejected, says, scripted } from './fake.js';

test('a decision is what the service said', async () => {
  for (const text of [
    '{"decision":"allow","reason":"exempt"}', '{"decision":"challenge","reason":"enrolled","ticket":"t"}',
    '{"decision":"enroll","reason":"mandatory","ticket":"t"}', '{"decision":"deny","reason":"inactive"}',
    '{"decision":"challenge","reason":"enrolled","ticket":"t","remember_browser_days":30}', '{"decision":"allow","something":"new"}',
  ]) {
    const { client } = scripted([ok(text)]);
    deepEqual(await client.decide({ user_id: 'ada' }), JSON.parse(text));
  }
});

// Each of these was "let the user in" somewhere.
for (const [name, answer] of Object.entries({
  'nothing listens': cut,
  'half an answer': halfway,
  'a decision of tomorrow': ok('{"decision":"allow_with_care","ticket":"t"}'),
  'a decision in capitals': ok('{"decision":"ALLOW"}'),
  'a decision as a number': ok('{"decision":1}'),
  'a decision as a list': ok('{"decision":["allow"]}'),
  'a decision of null': ok('{"decision":null}'),
  'no decision': ok('{"reason":"exempt"}'),
  'a decision, then what is broken': ok('{"decision":"allow","recovery_codes_remaining":"x"}'),
  'a decision with a reason that is none': ok('{"decision":"allow","reason":7}'),
  'days that are no number': ok('{"decision":"challenge","ticket":"t","remember_browser_days":"30"}'),
  'two decisions': ok('{"decision":"allow"}{"decision":"deny"}'),
  'half a JSON': ok('{"decision":"allow"'),
  'a list': ok('[{"decision":"allow"}]'),
  'a text': ok('"allow"'),
  'null': ok('null'),
  'an empty object': ok('{}'),
  'an empty answer': ok(''),
  'no content': says(204, ''),
  'a page': says(200, 'text/html', '{"decision":"allow"}'),
  'no type': says(200, '', '{"decision":"allow"}'),
  'a redirect': says(302, 'application/json', '{"decision":"allow"}', { Location: 'https://other.example.com/' }),
  'a redirect that was followed': () => Object.defineProperty(ok('{"decision":"allow"}')(/** @type {any} */ (null)), 'redirected', { value: true }),
  'a redirect, as browsers hide it': () => Response.error(),
  'refused': problem(403, 'forbidden'),
  'refused, in words of allowing': says(403, 'application/json', '{"decision":"allow"}'),
  'an error of the service': problem(500, 'internal'),
  "a gateway's error": says(502, 'application/json', '{"decision":"allow"}'),
  'unavailable': problem(503, 'unavailable'),
  'a challenge without a ticket': ok('{"decision":"challenge"}'),
  'an enrollment without a ticket': ok('{"decision":"enroll","ticket":""}'),
  'a ticket that is none': ok('{"decision":"challenge","ticket":7}'),
  'an answer beyond all sense': ok(`{"decision":"allow","something":"${'x'.repeat(17 << 20)}"}`),
})) {
  test(`there is no decision, and nobody is let in: ${name}`, async () => {
    const { client } = scripted([answer]);
    const error = await rejected(client.decide({ user_id: 'ada' }));
    holds(error.name === 'CountersignProblem' || error.name === 'NoAnswerError', String(error));
    equal(error.decision, undefined);
  });
}
