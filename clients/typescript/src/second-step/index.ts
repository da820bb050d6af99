/**
 * Serves the two routes that a host has for the second step of its login: the page's screen asks one for what to do and
 * for a ticket, and hands the step-up token to the other one. With it a host writes neither, and its page has one tag:
 *
 *     <countersign-challenge tickets="/login/ticket" proof="/login/second-step" next="/"></countersign-challenge>
 *
 * Nobody is let in by anything but the decision `allow` or a token that was verified for this user and this session: not by
 * an error, not by a decision that this version does not know, and not while the service or its keys cannot be reached.
 * The routes take what a page of the host's own origin posts, and nothing else.
 *
 * Handlers are of the web's standard, Request in and Response out; {@link toNode} adapts them for node:http and Express.
 */
export { createSecondStep, type SecondStepOptions } from './handler.js';
export { Conflict, type Handler, type Login, type Opened, type Passed } from './login.js';
export { type NodeContext, type NodeRequest, type NodeResponse, toNode } from './node.js';
export { createTickets, type TicketsOptions } from './tickets.js';
