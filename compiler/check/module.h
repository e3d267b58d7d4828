/* Modules: the files of a program and what they import. Internal to check/. */
#ifndef DSY_COMPILER_CHECK_MODULE_H
#define DSY_COMPILER_CHECK_MODULE_H

#include "compiler/check/checker.h"

/* Load everything that the main file imports, directly or not. Fills in checker->modules (imported ones first)
 * and checker->main_module; reports imports that cannot be had and modules of the same name. */
void modules_load(struct checker *checker, const struct ast_file *main_file);

/* Whether an import could not be had: then names were taken for right that nobody has seen. */
bool modules_miss_imports(const struct checker *checker);

#endif
