/* Mailbox: what other threads have for one shard. The only way into a shard: nothing else is shared.
 *
 * A mutex guards a list; the owner takes it whole. It wakes the owner only when it was empty. The mutex is a leaf:
 * nothing is locked while it is held. */
#ifndef DSY_CORE_MAILBOX_H
#define DSY_CORE_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>

enum mail_kind {
    MAIL_SUBMISSION,      /* struct submission, from anywhere */
    MAIL_QUESTION,        /* struct question, from anywhere */
    MAIL_JOB,             /* struct job, from a worker */
    MAIL_STORE,           /* struct store_request, from the store thread */
    MAIL_LETTER,          /* struct letter, from another shard */
    MAIL_ACKNOWLEDGEMENT, /* struct acknowledgement, from another shard */
    MAIL_DRAIN,           /* struct drain, from the node */
    MAIL_CLOCK,           /* struct mail on the heap, from the node: look at the clock */
};

/* First member of what is posted. The receiver owns it from then on. */
struct mail {
    struct mail *next;
    enum mail_kind kind;
};

struct mailbox {
    pthread_mutex_t mutex;
    struct mail *first;
    struct mail **last;
    bool is_closed;
    void (*wake)(void *context); /* called from the posting thread */
    void *context;
};

void dsy_mailbox_init(struct mailbox *mailbox, void (*wake)(void *context), void *context);

/* Mail that is still there is the caller's to free, see dsy_mailbox_take. */
void dsy_mailbox_destroy(struct mailbox *mailbox);

/* Returns false when the mailbox is closed: the mail stays the caller's. */
bool dsy_mailbox_post(struct mailbox *mailbox, struct mail *mail);

/* All that is there, in the order of posting; NULL: nothing. */
struct mail *dsy_mailbox_take(struct mailbox *mailbox);

/* Take no more. */
void dsy_mailbox_close(struct mailbox *mailbox);

#endif
