// schema.mjs OPENAPI LIST: holds answers against the description. LIST has a line for each: method, path, status, media type and a
// file with the body, with tabs between them. Prints what does not fit; exit code 1 when anything does not.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(process.env.NPM_TOOLS + '/');
const Ajv = require('ajv/dist/2020.js').default;
const formats = require('ajv-formats').default;

const [file, list] = process.argv.slice(2);
const spec = JSON.parse(readFileSync(file, 'utf8'));
const ajv = new Ajv({ strict: false, allErrors: false, allowUnionTypes: true });
formats(ajv);
ajv.addSchema(spec, 'spec');

const escaped = (name) => name.replace(/~/g, '~0').replace(/\//g, '~1');
const templates = Object.keys(spec.paths)
	.map((path) => ({ path, fits: new RegExp('^' + path.replace(/[.]/g, '\\.').replace(/\{[a-z]+\}/g, '[^/]+') + '$') }))
	.sort((a, b) => a.path.split('{').length - b.path.split('{').length);
const compiled = new Map();

function checker(pointer) {
	if (!compiled.has(pointer)) compiled.set(pointer, ajv.compile({ $ref: 'spec#' + pointer }));
	return compiled.get(pointer);
}

// The response of a status, and where it stands.
function response(path, method, status) {
	const at = `/paths/${escaped(path)}/${method}/responses/${status}`;
	const found = spec.paths[path]?.[method]?.responses?.[status];
	if (found?.$ref) {
		const name = found.$ref.split('/').pop();
		return { found: spec.components.responses[name], at: `/components/responses/${name}` };
	}
	return { found, at };
}

function check(method, path, status, media, body) {
	const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
	const template = templates.find((t) => t.fits.test(path));
	const known = template && spec.paths[template.path][verb];
	let { found, at } = known ? response(template.path, verb, status) : {};
	// what no operation takes is refused by the server as a whole
	if (!known || ['405', '408', '411', '414', '431', '501', '505', '421'].includes(status)) {
		if (!/^[45]/.test(status) && !(verb === 'options' && status === '204')) return `no operation ${method} ${path}`;
		found = spec.components.responses.Problem;
		at = '/components/responses/Problem';
	}
	if (!found) return `status ${status} is not described`;
	if (['204', '304', '308'].includes(status) || method === 'HEAD') return null;
	const type = media.split(';')[0].trim();
	if (!found.content?.[type]) return `media type ${type} is not described`;
	if (!/json$/.test(type) || type === 'application/x-ndjson') return null;
	const fits = checker(`${at}/content/${escaped(type)}/schema`);
	return fits(JSON.parse(body)) ? null : ajv.errorsText(fits.errors).slice(0, 600);
}

let wrong = 0, seen = 0;
for (const line of readFileSync(list, 'utf8').split('\n').filter(Boolean)) {
	const [method, target, status, media, bodyFile] = line.split('\t');
	let why;
	try {
		why = check(method, decodeURI(target.split('?')[0]), status, media, readFileSync(bodyFile, 'utf8'));
	} catch (e) {
		why = e.message;
	}
	seen++;
	if (why && ++wrong <= 20) console.log(`${method} ${target} ${status}: ${why}`);
}
console.log(`${seen} answers, ${wrong} not as described`);
process.exit(wrong || !seen ? 1 : 0);
