import express from 'express';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL_SIZE ?? 10) });
const app = express();
app.use(express.json());
const isId = (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

app.get('/health', (req, res) => res.json({ ok: true }));

app.get('/todos', async (req, res) => {
  const { rows } = await pool.query('select id, title, done from todo_entries order by created_at limit 100');
  res.json(rows);
});

app.post('/todos', async (req, res) => {
  const { title, done = false } = req.body ?? {};
  if (typeof title !== 'string' || title === '' || [...title].length > 100 || typeof done !== 'boolean')
    return res.status(400).json({ error: 'title must be a text of 1 to 100 characters, done true or false' });
  const { rows } = await pool.query('insert into todo_entries (title, done) values ($1, $2) returning id, title, done', [title, done]);
  res.status(201).location(`/todos/${rows[0].id}`).json(rows[0]);
});

app.get('/todos/:id', async (req, res) => {
  if (!isId(req.params.id)) return res.status(404).json({ error: 'not found' });
  const { rows } = await pool.query('select id, title, done from todo_entries where id = $1', [req.params.id]);
  if (rows.length === 0) return res.status(404).json({ error: 'not found' });
  res.json(rows[0]);
});

app.delete('/todos/:id', async (req, res) => {
  if (!isId(req.params.id)) return res.status(404).json({ error: 'not found' });
  const { rowCount } = await pool.query('delete from todo_entries where id = $1', [req.params.id]);
  if (rowCount === 0) return res.status(404).json({ error: 'not found' });
  res.status(204).end();
});

app.listen(process.env.PORT ?? 3000);
