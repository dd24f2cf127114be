// Weight-stationary array with double-buffered stationary registers: preload, skew, PEs, partial sums and their control.
//
// Preload: the rows of a fold's stationary codes, the last row first, while w_valid and w_ready; w_hops is the row's number.
// They wait in the next registers; w_ready is high again from the clock of the next fold's first step.
// Stream: one step a clock while x_valid and x_ready: LANES codes of every row. x_first begins a fold (x_ready then waits for
// the preload, and until the sums of the fold before are out of the way and back), x_fresh says that its sums start from
// zero, x_complete that they are finished with it; x_index is the step's number, rows the fold's rows.
// Columns past those of the fold give sums that mean nothing.
// The sum of step t leaves column j rows - 1 + j clocks after the step entered; if complete, out_valid[j], out_index and out
// show it in the clock behind that.
// ROWS is at most 255.
module ws_array #(
    parameter ROWS = 4,
    parameter COLS = 4,
    parameter LANES = 1,
    parameter W = 24,
    parameter MODE = 1,
    parameter INDEX = 4  // bits of a step's number
) (
    input  wire                    clk,
    input  wire                    reset,
    input  wire                    w_valid,
    output wire                    w_ready,
    input  wire [             7:0] w_hops,
    input  wire [COLS*LANES*4-1:0] w,
    input  wire                    x_valid,
    output wire                    x_ready,
    input  wire                    x_first,
    input  wire                    x_fresh,
    input  wire                    x_complete,
    input  wire [       INDEX-1:0] x_index,
    input  wire [             7:0] rows,
    input  wire [ROWS*LANES*4-1:0] x,
    output reg  [        COLS-1:0] out_valid,
    output reg  [  COLS*INDEX-1:0] out_index,
    output reg  [      COLS*W-1:0] out
);
  localparam WORD = 4 * LANES;
  localparam TAG = 2 + INDEX;  // leaves here, complete, index

  // Control: what the fold before still needs, counted in clocks since its first step.
  reg loaded, any;
  reg [15:0] since, steps;
  reg [7:0] rows_before;
  wire [15:0] excess = rows_before > rows ? {8'd0, rows_before - rows} : 16'd0;
  wire out_of_the_way = !any || (since >= steps + excess);
  wire sums_back = !any || x_fresh || (since >= {8'd0, rows_before});
  assign x_ready = !x_first || (loaded && out_of_the_way && sums_back);
  wire taken = x_valid && x_ready;
  wire begins = taken && x_first;
  assign w_ready = !loaded || begins;
  wire w_taken = w_valid && w_ready;

  always @(posedge clk) begin
    if (reset) begin
      loaded <= 1'b0;
      any <= 1'b0;
    end else begin
      if (w_taken && w_hops == 8'd0) loaded <= 1'b1;
      else if (begins) loaded <= 1'b0;
      if (begins) begin
        any <= 1'b1;
        since <= 16'd1;
        steps <= 16'd1;
        rows_before <= rows;
      end else begin
        since <= since + 16'd1;
        if (taken) steps <= steps + 16'd1;
      end
    end
  end

  // Entrances and PEs.
  localparam X = 2 + TAG + WORD;      // valid, first, tag, codes
  localparam S = 9 + WORD;            // valid, hops, codes
  wire [ROWS*(COLS+1)*X-1:0] x_wires;
  wire [(ROWS+1)*COLS*S-1:0] w_wires;
  wire [(ROWS+1)*COLS*W-1:0] sum_wires;   // registered, from above
  wire [ROWS*COLS*W-1:0] leaving;         // of this clock
  genvar i, j;
  generate
    for (i = 0; i < ROWS; i = i + 1) begin : g_skew_x
      delay #(.DEPTH(i), .WIDTH(X)) skew (
          .clk(clk),
          .in({taken && i < rows, x_first, i + 1 == rows, x_complete, x_index, x[i*WORD+:WORD]}),
          .out(x_wires[i*(COLS+1)*X+:X])
      );
    end
    for (j = 0; j < COLS; j = j + 1) begin : g_column
      delay #(.DEPTH(j), .WIDTH(S)) skew_w (
          .clk(clk), .in({w_taken, w_hops, w[j*WORD+:WORD]}), .out(w_wires[j*S+:S])
      );
      wire fresh;
      wire [INDEX-1:0] index;
      delay #(.DEPTH(j), .WIDTH(1 + INDEX)) skew_sum (.clk(clk), .in({x_fresh, x_index}), .out({fresh, index}));

      // The row at which sums leave: at most one in a clock.
      reg write, complete;
      reg [INDEX-1:0] write_index;
      reg signed [W-1:0] sum;
      integer r;
      always @* begin
        write = 1'b0;
        complete = 1'b0;
        write_index = {INDEX{1'b0}};
        sum = {W{1'b0}};
        for (r = 0; r < ROWS; r = r + 1)
          if (x_wires[(r*(COLS+1)+j)*X+X-1] && x_wires[(r*(COLS+1)+j)*X+WORD+TAG-1]) begin
            write = 1'b1;
            complete = x_wires[(r*(COLS+1)+j)*X+WORD+INDEX];
            write_index = x_wires[(r*(COLS+1)+j)*X+WORD+:INDEX];
            sum = leaving[(r*COLS+j)*W+:W];
          end
      end
      ws_column_sums #(.W(W), .INDEX(INDEX)) column_sums (
          .clk(clk), .fresh(fresh), .read_index(index), .sum_in(sum_wires[j*W+:W]), .write(write),
          .write_index(write_index), .sum(sum)
      );
      always @(posedge clk) begin
        out_valid[j] <= write && complete && !reset;
        out_index[j*INDEX+:INDEX] <= write_index;
        out[j*W+:W] <= sum;
      end
    end
    for (i = 0; i < ROWS; i = i + 1) begin : g_row
      for (j = 0; j < COLS; j = j + 1) begin : g_col
        localparam A = (i * (COLS + 1) + j) * X, A_OUT = A + X;
        localparam B = (i * COLS + j) * S, B_OUT = ((i + 1) * COLS + j) * S;
        ws_pe #(.LANES(LANES), .W(W), .MODE(MODE), .TAG(TAG)) pe (
            .clk(clk),
            .x_valid(x_wires[A+X-1]), .x_first(x_wires[A+X-2]), .x_tag(x_wires[A+WORD+:TAG]), .x(x_wires[A+:WORD]),
            .x_valid_out(x_wires[A_OUT+X-1]), .x_first_out(x_wires[A_OUT+X-2]),
            .x_tag_out(x_wires[A_OUT+WORD+:TAG]), .x_out(x_wires[A_OUT+:WORD]),
            .w_valid(w_wires[B+S-1]), .w_hops(w_wires[B+WORD+:8]), .w(w_wires[B+:WORD]),
            .w_valid_out(w_wires[B_OUT+S-1]), .w_hops_out(w_wires[B_OUT+WORD+:8]), .w_out(w_wires[B_OUT+:WORD]),
            .sum_in(sum_wires[(i*COLS+j)*W+:W]), .sum(leaving[(i*COLS+j)*W+:W]),
            .sum_out(sum_wires[((i+1)*COLS+j)*W+:W])
        );
      end
    end
  endgenerate
  // Below the last row sums only leave.
  wire unused = &{1'b0, sum_wires[ROWS*COLS*W+:COLS*W]};
endmodule
