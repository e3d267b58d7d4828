/* What http_server.c (the loop, the listener, the messages) and http_connection.c (one client) share. */
#ifndef DSY_TRANSPORT_HTTP_SERVER_INTERNAL_H
#define DSY_TRANSPORT_HTTP_SERVER_INTERNAL_H

#include "runtime/transport/http_server.h"

#include <uv.h>

/* What a connection is doing. Its exchange exists from HANDLING to the end of WRITING.
 *   READING → HANDLING → WAITING → WRITING → READING …, or → LINGERING → CLOSING; from all → CLOSING. */
enum connection_state {
    CONNECTION_READING,   /* gathers a request, or is idle between two */
    CONNECTION_HANDLING,  /* the handler runs */
    CONNECTION_WAITING,   /* the handler put the exchange off */
    CONNECTION_WRITING,   /* the kernel has not taken the whole response yet */
    CONNECTION_LINGERING, /* our side is shut down; what still comes is dropped */
    CONNECTION_CLOSING,   /* uv_close() was called */
};

/* One client. An exchange is its connection's present request; both are one object, which is used again. */
struct dsy_http_exchange {
    uv_tcp_t socket;
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct dsy_http_server *server;
    struct dsy_http_exchange *next_spare;
    uint32_t slot;
    enum connection_state state;
    uint64_t number;         /* of the exchange, for its ticket; 0: there is none */
    uint64_t deadline_ms;    /* by the loop's clock; what happens then depends on the state */
    uint64_t half_closed_ms; /* when a client that sends no more is given up; 0: it may send */
    struct dsy_http_parser *parser;
    bool is_refusal;     /* of bytes, or of the whole connection: no request stands behind it */
    bool is_turned_away; /* there were too many connections */
    bool ends_after_response;
    bool is_consuming; /* connection_consume() is on the stack */
    bool is_reading;   /* the socket is read */
    void *deferred;
    struct dsy_buffer pending;             /* received, but of later requests */
    struct dsy_buffer head, headers, body; /* the response */
    size_t dropped_bytes;                  /* while lingering */
};

struct dsy_http_server {
    struct dsy_http_limits limits;
    struct dsy_http_handler handler;
    uv_loop_t loop;
    uv_tcp_t listener;
    uv_async_t wake;
    uv_timer_t sweep; /* looks at the deadlines while connections are open */
    uint64_t sweep_ms;
    uv_thread_t thread;
    bool has_thread;
    char url[96];

    struct dsy_http_exchange **slots; /* slot_count of them; NULL: free */
    uint32_t slot_count;
    uint32_t open_count;
    uint32_t turned_away_count;      /* of the open ones */
    struct dsy_http_exchange *spare; /* connections to be used again */
    uint32_t spare_count;
    uint64_t next_number;
    char *read_buffer; /* one for all: it is emptied before the next read */
    struct dsy_http_statistics statistics;
    bool is_stopping;
    uint64_t stop_ms; /* when patience ends */
    char date[40];    /* of second date_s */
    int64_t date_s;

    uv_mutex_t mutex; /* guards what follows */
    struct dsy_http_message *first_message, *last_message;
    bool must_stop;
    int64_t stop_grace_ms;
};

enum { HTTP_READ_BYTES = 64 * 1024, HTTP_SPARE_CONNECTIONS_MAX = 64 };

/* The next client that the listener has. */
void dsy_http_connection_accept(struct dsy_http_server *server);

/* Its deadline may be over. */
void dsy_http_connection_sweep(struct dsy_http_exchange *connection, uint64_t now_ms);

/* The server stops: close it unless a response is being written. */
void dsy_http_connection_wind_up(struct dsy_http_exchange *connection);

/* At once. */
void dsy_http_connection_close(struct dsy_http_exchange *connection);

/* Give back a connection that is not open. */
void dsy_http_connection_free(struct dsy_http_exchange *connection);

/* An IMF-fixdate of now, made once a second. */
const char *dsy_http_server_date(struct dsy_http_server *server);

#endif
