/* Mailbox: a linked list behind a mutex. */
#include "runtime/core/mailbox.h"

#include <stddef.h>

void
dsy_mailbox_init(struct mailbox *mailbox, void (*wake)(void *context), void *context)
{
    *mailbox = (struct mailbox){ .wake = wake, .context = context };
    mailbox->last = &mailbox->first;
    pthread_mutex_init(&mailbox->mutex, NULL);
}

void
dsy_mailbox_destroy(struct mailbox *mailbox)
{
    pthread_mutex_destroy(&mailbox->mutex);
}

bool
dsy_mailbox_post(struct mailbox *mailbox, struct mail *mail)
{
    mail->next = NULL;
    pthread_mutex_lock(&mailbox->mutex);
    bool is_closed = mailbox->is_closed;
    bool was_empty = mailbox->first == NULL;
    if (!is_closed) {
        *mailbox->last = mail;
        mailbox->last = &mail->next;
        /* Under the mutex: once the mailbox is closed nobody wakes its owner any more. */
        if (was_empty)
            mailbox->wake(mailbox->context);
    }
    pthread_mutex_unlock(&mailbox->mutex);
    return !is_closed;
}

struct mail *
dsy_mailbox_take(struct mailbox *mailbox)
{
    pthread_mutex_lock(&mailbox->mutex);
    struct mail *first = mailbox->first;
    mailbox->first = NULL;
    mailbox->last = &mailbox->first;
    pthread_mutex_unlock(&mailbox->mutex);
    return first;
}

void
dsy_mailbox_close(struct mailbox *mailbox)
{
    pthread_mutex_lock(&mailbox->mutex);
    mailbox->is_closed = true;
    pthread_mutex_unlock(&mailbox->mutex);
}
