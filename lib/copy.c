#include "aimarket/copy.h"

void copy_text_n(struct buf *row, const char *value, size_t n)
{
	static const char special[] = "\\\t\n\r", letters[] = "\\tnr";

	while (n) {
		size_t plain = 0;

		while (plain < n && !memchr(special, value[plain], 4))
			plain++;
		buf_add(row, value, plain);
		if (plain < n) {
			buf_addc(row, '\\');
			buf_addc(row, letters[(const char *)memchr(special, value[plain], 4) - special]);
			plain++;
		}
		value += plain;
		n -= plain;
	}
	buf_addc(row, '\t');
}

void copy_text(struct buf *row, const char *value)
{
	if (value)
		copy_text_n(row, value, strlen(value));
	else
		buf_adds(row, "\\N\t");
}

void copy_text_int(struct buf *row, long long value)
{
	buf_printf(row, "%lld\t", value);
}

void copy_text_end(struct buf *row)
{
	row->data[row->len - 1] = '\n'; /* in place of the last field's tab */
}

int copy_binary_begin(struct pg *db, struct err *e)
{
	static const char header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0"; /* signature, flags, length of the header's extension */

	return pg_copy_data(db, header, 11 + 4 + 4, e);
}

int copy_binary_end(struct pg *db, struct err *e)
{
	return pg_copy_data(db, "\377\377", 2, e);
}

void copy_binary_row(struct buf *row, int fields)
{
	buf_add_be16(row, (uint16_t)fields);
}

void copy_binary_int4(struct buf *row, int32_t value)
{
	buf_add_be32(row, 4);
	buf_add_be32(row, (uint32_t)value);
}

void copy_binary_bool(struct buf *row, bool value)
{
	buf_add_be32(row, 1);
	buf_addc(row, value);
}

void copy_binary_text(struct buf *row, const char *text, size_t n)
{
	buf_add_be32(row, (uint32_t)n);
	buf_add(row, text, n);
}

void copy_binary_jsonb(struct buf *row, const char *json, size_t n)
{
	enum { FORM = 1 }; /* the only one there is */

	buf_add_be32(row, (uint32_t)n + 1);
	buf_addc(row, FORM);
	buf_add(row, json, n);
}
