#include "daemon.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "aimarket/run.h"

static void find_program(char out[PATH_MAX])
{
	static const char name[] = "aimarketd";
	ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - sizeof name - 1);

	out[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(out, '/');
	memcpy(slash ? slash + 1 : out, name, sizeof name);
	if (!slash || access(out, X_OK))
		memcpy(out, name, sizeof name);
}

static enum err_kind kind_of_exit(int code)
{
	for (int k = ERR_FAIL; k < ERR_KINDS; k++)
		if (err_table[k].exit_code == code)
			return (enum err_kind)k;
	return ERR_FAIL;
}

int daemon_run(const char **argv, const char *failed, struct err *e)
{
	const struct run run = { .argv = argv };
	char program[PATH_MAX];
	pid_t pid;

	find_program(program);
	argv[0] = program;
	if (run_start(&run, &pid, e))
		return -1;
	int code = run_wait(pid);
	return code ? err_set(e, kind_of_exit(code), "%s", failed) : 0;
}
