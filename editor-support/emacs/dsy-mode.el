;;; dsy-mode.el --- Syntax of the Dsy language  -*- lexical-binding: t -*-

;;; Commentary:
;; Highlights .dsy files and indents them as C.  The words are those of grammar/language.md, section 2.
;; (add-to-list 'load-path ".../editor-support/emacs") (require 'dsy-mode)

;;; Code:

(require 'cc-mode)

(defconst dsy-keywords
  '("if" "else" "for" "while" "do" "switch" "case" "default" "break" "continue" "return" "select" "after"
    "throw" "throws" "try" "catch" "finally" "compensate" "cancel" "await" "start" "detached" "within" "publish"
    "async" "extern" "query" "shared" "private" "const" "config" "secret" "state" "use" "on" "import" "module"
    "migrate" "test" "mock" "assert" "struct" "enum" "union" "event" "interface" "service"))

(defconst dsy-types
  '("void" "bool" "int" "int8" "int16" "int32" "int64" "uint8" "uint16" "uint32" "uint64" "double" "decimal"
    "string" "bytes" "time" "duration" "uuid" "map" "task" "promise" "error" "var"))

(defconst dsy-built-in
  '("all" "any" "sleep" "sleep_until" "checkpoint" "now" "invocation_id" "resolve" "reject"))

(defvar dsy-font-lock-keywords
  `((,(regexp-opt dsy-keywords 'symbols) . font-lock-keyword-face)
    (,(regexp-opt dsy-types 'symbols) . font-lock-type-face)
    (,(regexp-opt '("true" "false" "null") 'symbols) . font-lock-constant-face)
    (,(concat (regexp-opt dsy-built-in 'symbols) "\\s-*(") 1 font-lock-builtin-face)
    ("@[A-Za-z_][A-Za-z0-9_]*" . font-lock-preprocessor-face)
    ("\\_<\\([A-Za-z_][A-Za-z0-9_]*\\)\\s-*(" 1 font-lock-function-name-face)
    ("\\_<[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*\\_>" . font-lock-type-face)))

;;;###autoload
(define-derived-mode dsy-mode prog-mode "Dsy"
  "Major mode for Dsy."
  :syntax-table (let ((table (make-syntax-table)))
                  (modify-syntax-entry ?/ ". 124b" table)
                  (modify-syntax-entry ?* ". 23" table)
                  (modify-syntax-entry ?\n "> b" table)
                  (modify-syntax-entry ?_ "_" table)
                  (modify-syntax-entry ?\" "\"" table)
                  table)
  (setq-local comment-start "// ")
  (setq-local comment-end "")
  (setq-local font-lock-defaults '(dsy-font-lock-keywords))
  (c-initialize-cc-mode t)
  (c-init-language-vars-for 'c-mode)
  (setq-local indent-line-function #'c-indent-line))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.dsy\\'" . dsy-mode))

(provide 'dsy-mode)
;;; dsy-mode.el ends here
