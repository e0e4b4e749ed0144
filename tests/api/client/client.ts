// A client made of the description, and nothing else: what it may ask and what it gets is typed by etc/openapi.json.
import createClient from 'openapi-fetch';
import type { paths } from './api.js';

const [baseUrl, token] = process.argv.slice(2);
const api = createClient<paths>({ baseUrl });

// Answers come as JSON here; as NDJSON and CSV they would be text.
function json<T>(answer: { data?: T; error?: unknown }): Exclude<T, string> {
	if (typeof answer.data !== 'object') throw new Error(JSON.stringify(answer.error));
	return answer.data as Exclude<T, string>;
}

async function main(): Promise<void> {
	const list = json(await api.GET('/v1/deals', { params: { query: { type: ['acquihire'], since: '2024', sort: '-amount', limit: 2 } } }));
	console.log('list', list.data.length, list.meta.command);
	const one = json(await api.GET('/v1/deals/{id}', { params: { path: { id: 'adept-amazon-2024' } } }));
	console.log('one', one.data.type, one.data.parties?.length);
	const groups = json(await api.GET('/v1/deals', { params: { query: { group_by: 'type', measure: 'count', sort: '-count', limit: 1 } } }));
	console.log('groups', JSON.stringify(groups.data));
	const trend = json(await api.GET('/v1/trends/deals', { params: { query: { by: 'year', measure: 'count', type: ['ipo'] } } }));
	console.log('trend', trend.data.length > 0);
	const wrong = await api.GET('/v1/deals', { params: { query: { limit: 1, target: 'nobody-knows-this' } } });
	console.log('wrong', wrong.response.status, wrong.error?.type);
	const made = await api.POST('/v1/predictions', {
		params: { header: { 'Idempotency-Key': 'client-1' } },
		body: { question: 'Will the client compile?', closes_at: '2030-01-01T00:00:00Z', tags: ['test'] },
		headers: { Authorization: `Bearer ${token}` },
	});
	console.log('made', made.response.status, made.data?.data.id);
}

main().catch((e) => { console.error(e); process.exit(1); });
